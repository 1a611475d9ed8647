# Publishes one event with Pusher's own SDK for Python.
#   pip install pusher
#   python3 publish.py
import pusher

client = pusher.Pusher(
    app_id="1",
    key="app-key",
    secret="app-secret",
    host="127.0.0.1",
    port=8000,
    ssl=False,
)
# The SDK only takes app ids made of digits, and the demo's has letters. Give your own app such an id, for
# example 1001, write it above, and leave this line out.
client._pusher_client._app_id = "app-id"

client.trigger("demo", "OrderShipped", {"order": 7, "from": "python"})
