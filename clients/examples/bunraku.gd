# Godot 4: a character in a TextureRect. Hang this script on one, and set address and character.
extends TextureRect

@export var url := "ws://127.0.0.1:8765/v1/stream"
@export var character := ""

var _socket := WebSocketPeer.new()
var _greeted := false
var _seq := 0
var _beat := 10.0
var _silent := 0.0


func _ready() -> void:
	_socket.supported_protocols = PackedStringArray(["bunraku.v1.json"])
	_socket.inbound_buffer_size = 4 * 1024 * 1024
	_socket.connect_to_url(url)


func _process(delta: float) -> void:
	_socket.poll()
	if _socket.get_ready_state() != WebSocketPeer.STATE_OPEN:
		return
	if not _greeted:
		_greeted = true
		var video := {"codecs": ["webp", "png"], "size": 512}
		_send({"type": "hello", "role": "perform", "character": character, "video": video})
	while _socket.get_available_packet_count() > 0:
		var packet := _socket.get_packet()
		if _socket.was_string_packet():
			_heed(packet.get_string_from_utf8())
		else:
			_take(packet)
	_silent += delta
	if _silent > _beat:
		_silent = 0.0
		_send({"type": "ping"})


## Moves what it names: pose({"head_x": 0.3}).
func pose(values: Dictionary) -> void:
	_seq += 1
	_send({"type": "pose", "seq": _seq, "values": values})


## What is wrong is one sentence: no such character, no place, a token that is not known.
func _heed(text: String) -> void:
	var message: Dictionary = JSON.parse_string(text)
	if message["type"] == "error":
		push_error("Bunraku: " + message["message"])


func _take(packet: PackedByteArray) -> void:
	var length := packet.decode_u32(0)
	var message: Dictionary = JSON.parse_string(packet.slice(4, 4 + length).get_string_from_utf8())
	if message["type"] != "frame":
		return
	var picture := Image.new()
	if picture.load_webp_from_buffer(packet.slice(4 + length)) == OK:
		texture = ImageTexture.create_from_image(picture)
	_send({"type": "ack", "frame": int(message["frame"])})


func _send(message: Dictionary) -> void:
	_socket.send_text(JSON.stringify(message))
