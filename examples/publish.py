# Publishes one event with Pusher's own SDK for Python.
#   pip install pusher
#   python3 publish.py
import pusher

client = pusher.Pusher(
    app_id="app-id",
    key="app-key",
    secret="app-secret",
    host="127.0.0.1",
    port=8000,
    ssl=False,
)

client.trigger("demo", "OrderShipped", {"order": 7, "from": "python"})
