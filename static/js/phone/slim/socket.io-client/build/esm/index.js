// A phone has one connection, to where its page came from: no address to parse, no cache of managers.
export { Manager } from "./manager.js";
