package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/spf13/pflag"
)

// tlsFlags name the files that make a server speak HTTPS; none: it speaks HTTP.
type tlsFlags struct{ cert, key string }

func (f *tlsFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.cert, "tls-cert", "", "speak HTTPS with the certificate in the PEM `FILE`, followed by those that signed it; a renewed one is taken up at once")
	flags.StringVar(&f.key, "tls-key", "", "the PEM `FILE` with the key of --tls-cert")
}

// on tells whether the server speaks HTTPS.
func (f tlsFlags) on() bool { return f.cert != "" }

// wrap returns l with TLS on it, where that was asked for.
func (f tlsFlags) wrap(l net.Listener, log *slog.Logger) (net.Listener, error) {
	if (f.cert == "") != (f.key == "") {
		return nil, usagef("--tls-cert and --tls-key go together: give both, or neither for HTTP")
	}
	if !f.on() {
		return l, nil
	}
	c := &certificate{files: f, log: log}
	if err := c.renew(); err != nil {
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{
		GetCertificate: c.get,
		NextProtos:     []string{"h2", "http/1.1"}, // net/http speaks HTTP/2 where the listener offers it
	}), nil
}

// A certificate is read from its files anew whenever they have changed, which each handshake looks for: that takes
// microseconds, where a handshake takes a millisecond, and there is nothing to wait for or to end.
type certificate struct {
	files tlsFlags
	log   *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]os.FileInfo // the files as they were when current was read
	trouble string         // why the last look failed; empty: it did not
}

// get is tls.Config.GetCertificate. While files are being replaced, the key may not belong to the certificate for a
// moment, and a mistake may last: until they fit, the last pair that did is served, and the log says so once.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	trouble := ""
	if err := c.renew(); err != nil {
		trouble = err.Error()
	}
	if trouble != "" && trouble != c.trouble {
		c.log.Warn("the renewed certificate is not taken: the one before it is still served", "error", trouble)
	}
	c.trouble = trouble
	return c.current, nil
}

// renew reads the files if they are others than those that were read last.
func (c *certificate) renew() error {
	var now [2]os.FileInfo
	for i, name := range []string{c.files.cert, c.files.key} {
		var err error
		if now[i], err = os.Stat(name); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
	}
	if c.trouble == "" && same(now[0], c.seen[0]) && same(now[1], c.seen[1]) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.cert, c.files.key)
	if err != nil {
		return fmt.Errorf("TLS: %s and %s: %w: give a certificate and its key, both in PEM", c.files.cert, c.files.key, err)
	}
	if c.current != nil {
		c.log.Info("a renewed certificate is served from now on", "until", pair.Leaf.NotAfter)
	}
	c.current, c.seen = &pair, now
	return nil
}

// same tells whether a file is as it was: the same one, of the same age and size.
func same(a, b os.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
