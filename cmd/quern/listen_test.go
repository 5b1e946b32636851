package main

import (
	"net"
	"testing"
)

func TestURLOf(t *testing.T) {
	for _, test := range []struct {
		ip   string
		url  string
		open bool
	}{
		{"127.0.0.1", "http://127.0.0.1:80/", false},
		{"::1", "http://[::1]:80/", false},
		{"0.0.0.0", "http://localhost:80/", true},
		{"::", "http://localhost:80/", true},
		{"192.0.2.7", "http://192.0.2.7:80/", true},
	} {
		address := &net.TCPAddr{IP: net.ParseIP(test.ip), Port: 80}
		if got := urlOf(address, false); got != test.url {
			t.Errorf("%s: url %q, want %q", test.ip, got, test.url)
		}
		if got := isOpen(address); got != test.open {
			t.Errorf("%s: open %t, want %t", test.ip, got, test.open)
		}
	}
}
