class Teacher: pass
