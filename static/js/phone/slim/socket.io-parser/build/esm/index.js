// Socket.IO's packets as text (its protocol, version 5): type, namespace, acknowledgement, JSON.
import { Emitter } from "@socket.io/component-emitter";

export const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 };

export class Encoder {
  encode({ type, nsp, id, data }) {
    return [type + nsp + "," + (id >= 0 ? id : "") + (data ? JSON.stringify(data) : "")];
  }
}

export class Decoder extends Emitter {
  add(text) {
    const [, type, nsp = "/", id, data] = /^(\d)(?:(\/[^,]*),?)?(\d*)([\s\S]*)/.exec(text);
    this.emitReserved("decoded", { type: +type, nsp, id: id ? +id : null, data: data ? JSON.parse(data) : undefined });
  }
  destroy() {}
}

export const isPacketValid = () => true;
