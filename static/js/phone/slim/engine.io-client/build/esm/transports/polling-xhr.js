// The client's own transport by fetch(), which every browser of the floor has.
export { Fetch as XHR } from "./polling-fetch.js";
