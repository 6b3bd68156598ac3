import { ERROR_PACKET, PACKET_TYPES_REVERSE } from "./commons.js";

export const decodePacket = (packet) => {
  const type = PACKET_TYPES_REVERSE[packet[0]];
  return type ? { type, data: packet.slice(1) || undefined } : ERROR_PACKET;
};
