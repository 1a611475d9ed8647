// The part of an application that clients ask for signatures: an HTTP server that signs with the server SDK.

import { once } from 'node:events';
import { createServer } from 'node:http';

async function readForm(request) {
  let body = '';
  for await (const chunk of request)
    body += chunk;
  return new URLSearchParams(body);
}

export class AuthEndpoint {
  /** { user, socketId, channel } of each request that was signed, in order. */
  signed = [];
  url;
  #http;

  /**
   * `users` maps a bearer token to { id, info }; any other token is refused with 403. `sdk` signs, so an SDK with a
   * wrong secret makes an endpoint that hands out bad signatures.
   */
  static async start(sdk, users) {
    const endpoint = new AuthEndpoint();
    endpoint.#http = createServer((request, response) => {
      endpoint.#answer(sdk, users, request, response).catch((error) => response.writeHead(500).end(error.message));
    });
    endpoint.#http.listen(0, '127.0.0.1');
    await once(endpoint.#http, 'listening');
    endpoint.url = `http://127.0.0.1:${endpoint.#http.address().port}/broadcasting/auth`;
    return endpoint;
  }

  async #answer(sdk, users, request, response) {
    const form = await readForm(request);
    const user = users[(request.headers.authorization ?? '').replace(/^Bearer /, '')];
    if (!user)
      return response.writeHead(403).end('Forbidden');
    const socketId = form.get('socket_id');
    const channel = form.get('channel_name');
    const member = channel.startsWith('presence-') ? { user_id: user.id, user_info: user.info } : undefined;
    const answer = JSON.stringify(sdk.authorizeChannel(socketId, channel, member));
    this.signed.push({ user: user.id, socketId, channel });
    return response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer);
  }

  async close() {
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections?.();
    await closed;
  }
}
