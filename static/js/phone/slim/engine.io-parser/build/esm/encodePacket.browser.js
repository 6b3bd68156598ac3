import { PACKET_TYPES } from "./commons.js";

export const encodePacket = ({ type, data }, supportsBinary, callback) => callback(PACKET_TYPES[type] + (data || ""));
export const encodePacketToBinary = null;
