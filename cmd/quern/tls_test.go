package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// newCertificate makes a certificate for this machine that signs itself, and its key, both as PEM.
func newCertificate(name string) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), err
}

// certify writes a new certificate and its key.
//
//	certify cert.pem key.pem
func certify(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: certify CERTIFICATE KEY")
	}
	cert, key, err := newCertificate("quern")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), cert, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), key, 0o600))
}

// A renewed certificate is served from the next connection on; a half or a broken one is not, and the log says so once.
func TestCertificateIsRenewed(t *testing.T) {
	dir := t.TempDir()
	files := tlsFlags{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	var log bytes.Buffer
	put := func(name string, data []byte) {
		t.Helper()
		// As certbot and others do it: the new file takes the place of the old one.
		if err := os.WriteFile(name+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	made := func(name string) (cert, key []byte) {
		t.Helper()
		cert, key, err := newCertificate(name)
		if err != nil {
			t.Fatal(err)
		}
		return cert, key
	}
	cert, key := made("first")
	put(files.cert, cert)
	put(files.key, key)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := files.wrap(tcp, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := func() string {
		t.Helper()
		done := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				err = c.(*tls.Conn).Handshake()
				c.Close()
			}
			done <- err
		}()
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if p := c.ConnectionState().NegotiatedProtocol; p != "h2" {
			t.Errorf("protocol %q", p)
		}
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	expect := func(want string) {
		t.Helper()
		if got := served(); got != want {
			t.Errorf("the certificate %q is served, want %q", got, want)
		}
	}

	expect("first")
	cert, key = made("second")
	put(files.cert, cert)
	expect("first") // its key has not come yet
	expect("first")
	put(files.key, key)
	expect("second")
	put(files.cert, []byte("not a certificate"))
	expect("second")
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	expect("second")
	cert, key = made("third")
	put(files.key, key)
	put(files.cert, cert)
	expect("third")
	if warned, taken := strings.Count(log.String(), "not taken"), strings.Count(log.String(), "renewed certificate is served"); warned != 3 || taken != 2 {
		t.Errorf("%d warnings and %d renewals in the log, want 3 and 2:\n%s", warned, taken, &log)
	}
}
