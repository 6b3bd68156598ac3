// HTTP/3 only: a kiosk speaks plain HTTP on a private address.
export const WT = null;
