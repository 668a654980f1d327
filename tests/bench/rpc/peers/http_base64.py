"""A server on loopback with one connection kept open, the page in base64 inside JSON."""

REQUIREMENTS: tuple[str, ...] = ()
PROGRAM = '''
import base64, http.client, json, socket, subprocess

CHILD = """
import base64, json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        page = base64.b64decode(message["page"])
        body = json.dumps({"id": message["id"], "text": str(len(page))}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=-1, text=True)
connection = http.client.HTTPConnection("127.0.0.1", int(child.stdout.readline()))
connection.connect()
connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

def make_call(size):
    page = os.urandom(size)

    def call():
        body = json.dumps({"id": "1", "page": base64.b64encode(page).decode()})
        connection.request("POST", "/", body)
        json.loads(connection.getresponse().read())

    return call

serve(make_call)
child.kill()
'''
