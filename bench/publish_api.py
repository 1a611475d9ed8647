"""Usage: publish_api.py PORT APP_ID KEY SECRET single|batch SECONDS: events per second of Pusher's SDK for Python."""
import sys
import time

import pusher

port, app_id, key, secret, how, seconds = sys.argv[1:]
client = pusher.Pusher(app_id=app_id, key=key, secret=secret, host="127.0.0.1", port=int(port), ssl=False)
data = {"order_id": 123, "status": "shipped"}
batch = [{"channel": "orders", "name": "OrderShipped", "data": data}] * 10


def publish():
    if how == "batch":
        client.trigger_batch(list(map(dict, batch)))
        return len(batch)
    client.trigger("orders", "OrderShipped", data)
    return 1


publish()
begin = time.monotonic()
events = 0
while time.monotonic() - begin < int(seconds):
    events += publish()
print(int(events / (time.monotonic() - begin)))
