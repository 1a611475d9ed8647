"""A small FastAPI application that broadcasts through grapevine, as the guide's does.

    pip install -r requirements.txt
    uvicorn main:app --port 9000

BROADCAST_DRIVER=redis publishes through Redis, for clusters that have a bridge to it; anything else goes to a node's HTTP API with
Pusher's own SDK. A page that sends its socket id in X-Socket-ID does not hear of what it did itself.
"""
import json
import os

import pusher
import redis
from fastapi import FastAPI, Form, Header, HTTPException

USERS = {"token-of-ada": {"id": "1", "name": "Ada"}, "token-of-bob": {"id": "2", "name": "Bob"}}

app = FastAPI()


def over_http() -> pusher.Pusher:
    return pusher.Pusher(
        app_id=os.environ.get("PUSHER_APP_ID", "1"),
        key=os.environ.get("PUSHER_APP_KEY", "app-key"),
        secret=os.environ.get("PUSHER_APP_SECRET", "app-secret"),
        host=os.environ.get("PUSHER_HOST", "127.0.0.1"),
        port=int(os.environ.get("PUSHER_PORT", "8000")),
        ssl=os.environ.get("PUSHER_SCHEME", "http") == "https",
    )


def over_redis() -> redis.Redis:
    return redis.Redis(host=os.environ.get("REDIS_HOST", "127.0.0.1"), port=int(os.environ.get("REDIS_PORT", "6379")))


def broadcast(channels: list[str], event: str, data: dict, socket_id: str | None) -> None:
    if os.environ.get("BROADCAST_DRIVER") == "redis":
        # Laravel's payload: one message a channel, the prefix in front of its name.
        message = json.dumps({"event": event, "data": data, "socket": socket_id})
        prefix = os.environ.get("REDIS_PREFIX", "")
        with over_redis() as connection:
            for channel in channels:
                connection.publish(prefix + channel, message)
    else:
        over_http().trigger(channels, event, data, socket_id)


def signed_in(authorization: str) -> dict:
    user = USERS.get(authorization.removeprefix("Bearer "))
    if user is None:
        raise HTTPException(401, "Not signed in")
    return user


@app.post("/orders/{order_id}/ship")
def ship(order_id: int, x_socket_id: str | None = Header(None)):
    broadcast([f"private-order.{order_id}"], "OrderShipped", {"order_id": order_id, "status": "shipped"}, x_socket_id)
    return {"ok": True}


@app.post("/chat/{room}")
def say(room: str, message: str = Form(), x_socket_id: str | None = Header(None)):
    broadcast([f"presence-chat.{room}"], "MessageSent", {"message": message}, x_socket_id)
    return {"ok": True}


@app.post("/broadcasting/auth")
def auth(socket_id: str = Form(), channel_name: str = Form(), authorization: str = Header("")):
    user = signed_in(authorization)
    if channel_name.startswith("private-order."):
        return over_http().authenticate(channel_name, socket_id)
    if channel_name.startswith("presence-chat."):
        return over_http().authenticate(channel_name, socket_id, {"user_id": user["id"], "user_info": {"name": user["name"]}})
    raise HTTPException(403, "Not allowed")
