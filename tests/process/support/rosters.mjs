// Who is in a presence channel, asked everywhere.
import assert from 'node:assert/strict';
import { PresenceWatcher } from './presence_watcher.mjs';

/** The ids that /users shows at a node, sorted. */
export const usersOf = async (node, channel) => (await node.json(`/channels/${channel}/users`)).users.map(({ id }) => id).sort();
/** How a node sees the others: name -> state. */
export const statesAt = async (node) => Object.fromEntries([...(await node.members()).values()].map(({ name, state }) => [name, state]));

/** Joins one watcher per node to `channel`, each called after its node, and waits until they know each other. */
export async function oneOnEach(nodes, channel) {
  const watchers = [];
  for (const { name, port } of nodes) watchers.push(await PresenceWatcher.join(port, channel, `at-${name}`));
  for (const watcher of watchers) await watcher.knows(nodes.map(({ name }) => `at-${name}`), 'the others');
  return watchers;
}

/** Fails if somebody was told what cannot be. */
export function checkLedgers(watchers) {
  for (const watcher of watchers) assert.deepEqual(watcher.violations, [], watcher.id);
}

/** Fails unless everybody, snapshots and HTTP API alike, knows of exactly `users` within `ms`. */
export async function sameRosters(cluster, watchers, channel, users, ms) {
  const wanted = [...users].sort();
  await Promise.all(watchers.map((watcher) => watcher.knows(wanted, 'the right roster', ms)));
  await cluster.everywhere((node) => usersOf(node, channel), (answer) => answer.join() === wanted.join(), 'the right /users', { ms });
}
