BEGIN TRANSACTION;
CREATE TABLE "access" ("id" INTEGER NOT NULL PRIMARY KEY, "token_hash" TEXT NOT NULL, "role" TEXT NOT NULL, "room_id" TEXT, "invitation_id" INTEGER, "language" TEXT NOT NULL, "created_at" INTEGER NOT NULL, "revoked_at" INTEGER);
INSERT INTO "access" VALUES(1,'t1','moderator','r-1',1,'en',1764000000000,1764000000001);
CREATE TABLE "audit_entry" ("id" INTEGER NOT NULL PRIMARY KEY, "at" INTEGER NOT NULL, "actor" TEXT NOT NULL, "room_id" TEXT, "action" TEXT NOT NULL, "detail" TEXT NOT NULL);
INSERT INTO "audit_entry" VALUES(1,1764000000000,'teacher','r-1','approve','q1');
CREATE TABLE "decision" ("id" INTEGER NOT NULL PRIMARY KEY, "room_id" TEXT NOT NULL, "session_id" TEXT NOT NULL, "verb" TEXT NOT NULL, "label" TEXT NOT NULL, "at" INTEGER NOT NULL, "before" TEXT NOT NULL, "current_id" TEXT, "undone" INTEGER NOT NULL);
INSERT INTO "decision" VALUES(1,'r-1','S1','merge','L’« éolien », ça n''"use" pas ?
100 % ; -- \ é',1764000000000,'[{"id":"q3","status":"approved"}]','q2',1);
CREATE TABLE "enrolment" ("id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "session_id" TEXT NOT NULL, "kind" TEXT NOT NULL, "label" TEXT NOT NULL, "level" TEXT NOT NULL, "headcount" INTEGER NOT NULL, "contact_email" TEXT NOT NULL, "state" TEXT NOT NULL, "reason" TEXT NOT NULL, "zone" TEXT NOT NULL, "deleted" INTEGER NOT NULL);
INSERT INTO "enrolment" VALUES('E1',1,'S1','class','4e B','4E',26,'prof@ecole.example','confirmed','','Indian/Reunion',0);
CREATE TABLE "invitation" ("id" INTEGER NOT NULL PRIMARY KEY, "token_hash" TEXT NOT NULL, "room_id" TEXT NOT NULL, "created_at" INTEGER NOT NULL, "expires_at" INTEGER NOT NULL, "revoked_at" INTEGER);
INSERT INTO "invitation" VALUES(1,'t2','r-1',1764000000000,1764000000001,1764000000002);
CREATE TABLE "notice" ("id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "level" TEXT NOT NULL, "text" TEXT NOT NULL, "expires_at" INTEGER NOT NULL, "deleted" INTEGER NOT NULL);
INSERT INTO "notice" VALUES('N1',1,'warning','L’« éolien », ça n''"use" pas ?
100 % ; -- \ é',1764000000001,0);
CREATE TABLE "operation" ("seq" INTEGER NOT NULL PRIMARY KEY, "id" TEXT NOT NULL, "type" TEXT NOT NULL, "at" INTEGER NOT NULL, "body" TEXT NOT NULL, "state" TEXT NOT NULL, "code" TEXT NOT NULL, "detail" TEXT NOT NULL);
INSERT INTO "operation" VALUES(1,'op-1','question.prepared',1764000000000,'{"question_id":"q3","text":"L’« éolien », ça n''\"use\" pas ?\n100 % ; -- \\ é"}','waiting','','');
INSERT INTO "operation" VALUES(2,'op-2','attendance.report',1764000000001,'{"headcount":26}','rejected','session_full','L’« éolien », ça n''"use" pas ?
100 % ; -- \ é');
INSERT INTO "operation" VALUES(3,'op-3','question.withdraw',1764000000002,'{}','accepted','','');
CREATE TABLE "question" ("id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "number" INTEGER NOT NULL, "room_id" TEXT, "session_id" TEXT NOT NULL, "author" TEXT, "origin" TEXT NOT NULL, "status" TEXT NOT NULL, "reason" TEXT, "text" TEXT NOT NULL, "original_text" TEXT NOT NULL, "theme" TEXT NOT NULL, "level" TEXT NOT NULL, "speaker_id" TEXT, "base_support" INTEGER NOT NULL, "support" INTEGER NOT NULL, "position" INTEGER NOT NULL, "merged_into" TEXT, "kept_apart" INTEGER NOT NULL, "created_at" INTEGER NOT NULL, "approved_at" INTEGER, "on_screen_at" INTEGER, "asked_at" INTEGER, "answered_at" INTEGER);
INSERT INTO "question" VALUES('q1',0,1,'r-1','S1','hash1','live','pending',NULL,'L’« éolien », ça n''"use" pas ?
100 % ; -- \ é','avant','metier','4E','P1',2,3,1,NULL,0,1764000000000,NULL,NULL,NULL,NULL);
INSERT INTO "question" VALUES('q2',1,2,'r-1','S1',NULL,'centre','asked',NULL,'Et la nuit ?','Et la nuit ?','','',NULL,0,0,0,NULL,0,1764000000000,1764000000001,1764000000002,1764000000003,1764000000004);
INSERT INTO "question" VALUES('q3',0,3,'r-1','S1','hash2','prepared','merged','deja_posee','La nuit ?','La nuit ?','','',NULL,0,0,0,'q2',1,1764000000000,NULL,NULL,NULL,NULL);
CREATE TABLE "reflection" ("id" INTEGER NOT NULL PRIMARY KEY, "room_id" TEXT NOT NULL, "session_id" TEXT NOT NULL, "author" TEXT, "job" TEXT NOT NULL, "studies" TEXT NOT NULL, "surprise" TEXT NOT NULL, "status" TEXT NOT NULL, "created_at" INTEGER NOT NULL);
INSERT INTO "reflection" VALUES(1,'r-1','S1','hash1','soudeuse','bac pro','L’« éolien », ça n''"use" pas ?
100 % ; -- \ é','shown',1764000000000);
CREATE TABLE "room" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "code" TEXT NOT NULL, "rev" INTEGER NOT NULL, "next_number" INTEGER NOT NULL, "session_id" TEXT, "enrolment_id" TEXT, "class_label" TEXT NOT NULL, "headcount" INTEGER NOT NULL, "phase" TEXT NOT NULL, "phase_started_at" INTEGER NOT NULL, "ends_at" INTEGER, "paused_ms" INTEGER, "intake" TEXT NOT NULL, "moderation" INTEGER NOT NULL, "current_id" TEXT, "theme" TEXT NOT NULL, "phones" INTEGER NOT NULL, "shortcuts" INTEGER NOT NULL, "opened_at" INTEGER, "closed_at" INTEGER, "purge_at" INTEGER);
INSERT INTO "room" VALUES('r-1','Salle 12','MZ47',41,4,'S1','E1','4e B',26,'questions',1764000000000,1764000000001,5,'paused',0,'q2','sombre',0,0,1764000000000,1764000000002,1764000000003);
CREATE TABLE "schema_migration" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "applied" DATETIME NOT NULL);
INSERT INTO "schema_migration" VALUES(1,'0001_first','2026-11-24 06:00:00');
CREATE TABLE "session" ("id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "title" TEXT NOT NULL, "starts_at" INTEGER NOT NULL, "duration_min" INTEGER NOT NULL, "format" TEXT NOT NULL, "phases" TEXT, "meeting_url" TEXT NOT NULL, "levels" TEXT NOT NULL, "theme_week" TEXT NOT NULL, "status" TEXT NOT NULL, "speakers" TEXT NOT NULL, "dossier" TEXT NOT NULL, "places" INTEGER, "deleted" INTEGER NOT NULL);
INSERT INTO "session" VALUES('S1',3,'L’« éolien », ça n''"use" pas ?
100 % ; -- \ é',1764000000000,45,'college-45','[{"name":"talk","minutes":10}]','https://visio.example/1','["4E","3E"]','Industrie','moved','["P1"]','[{"title":"Fiche","moment":"before","text":"Lire"}]',3,0);
INSERT INTO "session" VALUES('S0',0,'Ancienne',1755000000000,55,'lycee-55',NULL,'','[]','','planned','[]','[]',NULL,1);
CREATE TABLE "setting" ("key" TEXT NOT NULL PRIMARY KEY, "value" TEXT);
INSERT INTO "setting" VALUES('school.name','"Collège « Péguy »"');
CREATE TABLE "speaker" ("id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "name" TEXT NOT NULL, "job_feminine" TEXT NOT NULL, "job_masculine" TEXT NOT NULL, "job_shown" TEXT NOT NULL, "employer" TEXT NOT NULL, "place" TEXT NOT NULL, "bio" TEXT NOT NULL, "path" TEXT NOT NULL, "job_sheet" TEXT NOT NULL, "portrait" TEXT, "deleted" INTEGER NOT NULL);
INSERT INTO "speaker" VALUES('P1',2,'Sophie Le Goff','technicienne','technicien','feminine','Vents','Brest','L’« éolien », ça n''"use" pas ?
100 % ; -- \ é','[{"when":"2010","what":"BTS"}]','MET.31','{"sha256":"ab","bytes":10,"type":"image/png","alt":"Elle"}',0);
CREATE TABLE "support" ("id" INTEGER NOT NULL PRIMARY KEY, "question_id" TEXT NOT NULL, "device" TEXT NOT NULL);
INSERT INTO "support" VALUES(1,'q1','hash3');
CREATE UNIQUE INDEX "schema_migration_name" ON "schema_migration" ("name");
CREATE UNIQUE INDEX "access_token_hash" ON "access" ("token_hash");
CREATE INDEX "access_invitation_id" ON "access" ("invitation_id");
CREATE INDEX "audit_entry_at" ON "audit_entry" ("at");
CREATE INDEX "decision_room_id" ON "decision" ("room_id");
CREATE INDEX "enrolment_session_id" ON "enrolment" ("session_id");
CREATE UNIQUE INDEX "invitation_token_hash" ON "invitation" ("token_hash");
CREATE UNIQUE INDEX "operation_id" ON "operation" ("id");
CREATE INDEX "question_merged_into" ON "question" ("merged_into");
CREATE INDEX "question_room_id_session_id_status" ON "question" ("room_id", "session_id", "status");
CREATE INDEX "question_author_room_id" ON "question" ("author", "room_id");
CREATE INDEX "reflection_room_id_session_id" ON "reflection" ("room_id", "session_id");
CREATE UNIQUE INDEX "room_code" ON "room" ("code");
CREATE INDEX "session_starts_at" ON "session" ("starts_at");
CREATE UNIQUE INDEX "support_question_id_device" ON "support" ("question_id", "device");
COMMIT;
