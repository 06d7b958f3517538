"""TLS for the tests: a certificate, and a client that changes its keys as often as it is told, which Python's ssl can't."""
import contextlib
import ctypes
import select
import ssl
import subprocess
import tempfile
import time

from ws_client import connect, upgrade_request
from wsd_process import PATIENCE, Server

NOT_REQUESTED, REQUESTED = 0, 1  # whether the server is to change its keys, too
BIO_CTRL_INFO = 3


@contextlib.contextmanager
def tls_server(**options):
    """A server with a certificate of its own, and what a Client needs as `wrap`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", folder + "/key", "-out", folder + "/cert"], check=True,
                       capture_output=True)
        context = ssl.create_default_context(cafile=folder + "/cert")
        context.check_hostname = False
        with Server(WS_TLS_CERT_FILE=folder + "/cert", WS_TLS_KEY_FILE=folder + "/key", **options) as server:
            yield server, context.wrap_socket


def load(name, **functions):
    library = ctypes.CDLL(name)
    for function, (result, *arguments) in functions.items():
        found = getattr(library, function)
        found.restype, found.argtypes = result, arguments
    return library


P, I = ctypes.c_void_p, ctypes.c_int
SSL = load("libssl.so.3", TLS_client_method=(P,), SSL_CTX_new=(P, P), SSL_CTX_free=(None, P), SSL_new=(P, P), SSL_free=(None, P),
           SSL_set_fd=(I, P, I), SSL_connect=(I, P), SSL_write=(I, P, ctypes.c_char_p, I), SSL_read=(I, P, P, I),
           SSL_key_update=(I, P, I), SSL_do_handshake=(I, P), SSL_set0_wbio=(None, P, P))
CRYPTO = load("libcrypto.so.3", BIO_s_mem=(P,), BIO_new=(P, P), BIO_read=(I, P, P, I), BIO_ctrl=(ctypes.c_long, P, I, ctypes.c_long, P))


class Rekeying:
    """A TLS 1.3 connection whose octets are made first and sent when the test says so."""

    def __init__(self, port):
        self.stream = connect(port)
        self.stream.setblocking(True)  # OpenSSL has the descriptor now
        self.context = SSL.SSL_CTX_new(SSL.TLS_client_method())
        self.ssl = SSL.SSL_new(self.context)
        SSL.SSL_set_fd(self.ssl, self.stream.fileno())
        assert SSL.SSL_connect(self.ssl) == 1
        self.made = CRYPTO.BIO_new(CRYPTO.BIO_s_mem())
        SSL.SSL_set0_wbio(self.ssl, self.made)

    def take(self):
        data = ctypes.create_string_buffer(CRYPTO.BIO_ctrl(self.made, BIO_CTRL_INFO, 0, None) or 1)
        size = CRYPTO.BIO_read(self.made, data, len(data))
        return data.raw[:max(0, size)]

    def text(self, octets):
        """These octets as a record."""
        assert SSL.SSL_write(self.ssl, octets, len(octets)) == len(octets)
        return self.take()

    def new_keys(self, count):
        """So many changes of the keys; the server is asked to answer each."""
        for _ in range(count):
            assert SSL.SSL_key_update(self.ssl, REQUESTED) == 1 and SSL.SSL_do_handshake(self.ssl) == 1
        return self.take()

    def receive(self, until):
        """What comes, up to these octets; shorter when the connection ends or nothing comes for too long."""
        data, buffer, end = b"", ctypes.create_string_buffer(4096), time.monotonic() + PATIENCE
        while until not in data and select.select([self.stream], [], [], max(0, end - time.monotonic()))[0]:
            got = SSL.SSL_read(self.ssl, buffer, len(buffer))
            if got <= 0:
                break
            data += buffer.raw[:got]
        return data

    def upgrade(self, **fields):
        self.stream.sendall(self.text(upgrade_request(**fields)))
        assert self.receive(b"\r\n\r\n").startswith(b"HTTP/1.1 101"), "refused"

    def ended(self, seconds=5):
        """Whether the server ends the connection within this time; not a word of it is looked at."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                self.stream.settimeout(max(0.001, end - time.monotonic()))
                if not self.stream.recv(65536):
                    return True
        except TimeoutError:
            pass
        except ConnectionResetError:
            return True
        return False

    def close(self):
        SSL.SSL_free(self.ssl)
        SSL.SSL_CTX_free(self.context)
        self.stream.close()
