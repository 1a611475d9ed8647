<?php
// Publishes one event with Pusher's own SDK for PHP.
//   composer require pusher/pusher-php-server
//   php publish.php
require __DIR__ . '/vendor/autoload.php';

$pusher = new Pusher\Pusher('app-key', 'app-secret', 'app-id', [
    'host' => '127.0.0.1',
    'port' => 8000,
    'scheme' => 'http',
    'useTLS' => false,
]);

$pusher->trigger('demo', 'OrderShipped', ['order' => 7, 'from' => 'php']);
