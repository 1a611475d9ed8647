// Publishes over one connection that is kept, one request after the other: the order in which a publisher means its events.
import { readResponse, requestText } from './http.mjs';
import { RawSocket } from './raw_socket.mjs';
import { APP } from './server.mjs';
import { signedTarget } from './sign.mjs';

export class Publisher {
  #socket = null;

  constructor(port) {
    this.port = port;
  }

  /** One signed POST; `path` follows /apps/{id}. Resolves with the parsed body and expects success. */
  async post(path, value) {
    const body = JSON.stringify(value);
    if (this.#socket === null || this.#socket.ended) this.#socket = await RawSocket.open(this.port);
    this.#socket.write(requestText('POST', signedTarget(APP, 'POST', `/apps/${APP.id}${path}`, { body }), { body }));
    const response = await readResponse(this.#socket);
    if (response.status !== 200) throw new Error(`POST ${path} answered ${response.status}: ${response.body}`);
    return JSON.parse(response.body);
  }

  publish(channel, name, data, extra = {}) {
    return this.post('/events', { name, channel, data: String(data), ...extra });
  }
  batch(events) {
    return this.post('/batch_events', { batch: events });
  }

  close() {
    this.#socket?.destroy();
  }
}
