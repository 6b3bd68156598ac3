// The browser's own WebSocket, without what Node.js and React Native ask for.
import { Transport } from "../transport.js";
import { nextTick } from "../globals.node.js";
import { encodePacket } from "engine.io-parser";

export class WS extends Transport {
  get name() {
    return "websocket";
  }
  doOpen() {
    try {
      this.ws = new WebSocket(this.uri());
    } catch (error) {
      return this.emitReserved("error", error);
    }
    this.ws.onopen = () => this.onOpen();
    this.ws.onclose = () => this.onClose();
    this.ws.onmessage = ({ data }) => this.onData(data);
    this.ws.onerror = (error) => this.onError("websocket error", error);
  }
  write(packets) {
    this.writable = false;
    packets.forEach((packet) =>
      encodePacket(packet, 0, (data) => {
        try {
          this.ws.send(data);
        } catch (closed) {} // and not told yet
      }),
    );
    nextTick(() => {
      this.writable = true;
      this.emitReserved("drain");
    }, this.setTimeoutFn);
  }
  doClose() {
    if (!this.ws) return;
    this.ws.onerror = () => {};
    this.ws.close();
    this.ws = null;
  }
  uri() {
    return this.createUri(this.opts.secure ? "wss" : "ws", this.query);
  }
}
