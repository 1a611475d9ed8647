// Publishes one event with Pusher's own SDK for Node.
//   npm install pusher
//   node publish.mjs
import Pusher from 'pusher';

const pusher = new Pusher({
  appId: 'app-id',
  key: 'app-key',
  secret: 'app-secret',
  host: '127.0.0.1',
  port: '8000',
  useTLS: false,
});

await pusher.trigger('demo', 'OrderShipped', { order: 7, from: 'node' });
