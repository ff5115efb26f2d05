// Unity: a character on a RawImage. Add this to one and set the address and the character.
using System;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.UI;

[RequireComponent(typeof(RawImage))]
public class BunrakuCharacter : MonoBehaviour
{
    public string url = "ws://127.0.0.1:8765/v1/stream";
    public string character = "";

    readonly ConcurrentQueue<byte[]> pictures = new ConcurrentQueue<byte[]>();
    readonly CancellationTokenSource over = new CancellationTokenSource();
    readonly SemaphoreSlim turn = new SemaphoreSlim(1);
    readonly ClientWebSocket socket = new ClientWebSocket();
    Texture2D texture;
    int seq;

    [Serializable]
    class Head
    {
        public string type;
        public int frame;
        public string message;
    }

    async void Start()
    {
        texture = new Texture2D(2, 2, TextureFormat.RGBA32, false);
        GetComponent<RawImage>().texture = texture;
        try
        {
            socket.Options.AddSubProtocol("bunraku.v1.json");
            await socket.ConnectAsync(new Uri(url), over.Token);
            InvokeRepeating(nameof(Ping), 10, 10);
            await Send("{\"type\":\"hello\",\"role\":\"perform\",\"character\":\"" + character +
                "\",\"video\":{\"codecs\":[\"png\"],\"size\":512}}");
            await Receive();
        }
        catch (OperationCanceledException) { }
        catch (WebSocketException error) { Debug.LogWarning(error.Message); }
    }

    /// Moves one parameter: Pose("head_x", 0.3f).
    public Task Pose(string name, float value)
    {
        string number = value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Send("{\"type\":\"pose\",\"seq\":" + ++seq + ",\"values\":{\"" + name + "\":" + number + "}}");
    }

    void Update()
    {
        byte[] newest = null;
        while (pictures.TryDequeue(out byte[] picture)) newest = picture;
        if (newest != null) texture.LoadImage(newest);
    }

    void OnDestroy()
    {
        over.Cancel();
        socket.Dispose();
    }

    // Who neither poses nor is shown anything says in this way that it is there.
    async void Ping()
    {
        try { await Send("{\"type\":\"ping\"}"); }
        catch (Exception) { CancelInvoke(); } // the connection is gone
    }

    async Task Receive()
    {
        var buffer = new byte[4 * 1024 * 1024];
        while (true)
        {
            int filled = 0;
            WebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, filled, buffer.Length - filled), over.Token);
                filled += part.Count;
            } while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close) return;
            if (part.MessageType == WebSocketMessageType.Binary) await Take(buffer, filled);
            else Heed(Encoding.UTF8.GetString(buffer, 0, filled));
        }
    }

    // What is wrong is one sentence: no such character, no place, a token that is not known.
    static void Heed(string text)
    {
        Head head = JsonUtility.FromJson<Head>(text);
        if (head.type == "error") Debug.LogError("Bunraku: " + head.message);
    }

    // The length of the JSON as a little-endian u32, the JSON, the picture.
    async Task Take(byte[] message, int filled)
    {
        int length = BitConverter.ToInt32(message, 0);
        Head head = JsonUtility.FromJson<Head>(Encoding.UTF8.GetString(message, 4, length));
        if (head.type != "frame") return;
        var picture = new byte[filled - 4 - length];
        Buffer.BlockCopy(message, 4 + length, picture, 0, picture.Length);
        pictures.Enqueue(picture);
        await Send("{\"type\":\"ack\",\"frame\":" + head.frame + "}");
    }

    async Task Send(string text)
    {
        await turn.WaitAsync(over.Token);
        try
        {
            var bytes = new ArraySegment<byte>(Encoding.UTF8.GetBytes(text));
            await socket.SendAsync(bytes, WebSocketMessageType.Text, true, over.Token);
        }
        finally { turn.Release(); }
    }
}
