package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listen opens the address to serve at. It does so before anything is loaded, so that a port in use is told at once.
func listen(address string) (*net.TCPListener, error) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return nil, usagef("--listen is %q: give HOST:PORT, such as 127.0.0.1:8080, or port 0 for any that is free", address)
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the port of %s is in use: end the program that has it, or name another with --listen 127.0.0.1:0 (0: any that is free)", address)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: name another address with --listen HOST:PORT", err)
	}
	return l.(*net.TCPListener), nil
}

// urlOf is where people find what listens there. A listener on every address is found on this machine's own too.
func urlOf(address *net.TCPAddr, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	host := address.IP.String()
	if address.IP.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(address.Port)) + "/"
}

// isOpen tells whether other machines may reach the address.
func isOpen(address *net.TCPAddr) bool { return !address.IP.IsLoopback() }
