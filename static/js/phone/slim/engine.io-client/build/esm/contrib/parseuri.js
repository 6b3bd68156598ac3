export const parse = null;
