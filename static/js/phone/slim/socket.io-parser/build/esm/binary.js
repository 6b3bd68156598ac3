export const deconstructPacket = null;
export const reconstructPacket = null;
