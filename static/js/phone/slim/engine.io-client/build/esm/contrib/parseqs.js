export const encode = (query) => new URLSearchParams(query).toString();
export const decode = null;
