package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The times that a connection may take. They bound what a client can hold, so that a few slow ones cannot
// use up the server, and are far above what an honest client needs.
const (
	readHeaderTimeout = 10 * time.Second // some hundred bytes
	readTimeout       = time.Minute      // maxRerankBody at 300 kB/s; it ends with the body, not with the work on it
	idleTimeout       = 2 * time.Minute  // longer than most clients keep a connection, so that they close it, not we
	maxWork           = 10 * time.Minute // what one request may ask of the model: 500 documents on a slow machine
	writeTimeout      = maxWork + 30*time.Second
)

// grace is how long running requests may still take once the server is told to stop: a search with the default
// deadline (15 s) can end, and it is below the 30 s after which service managers usually kill.
const grace = 20 * time.Second

// Serve answers requests that come in on l, which it closes, until ctx ends. It then takes no new ones, lets running
// ones finish and returns nil; those that are not done after 20 seconds are cut off, which is an error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("web: serve on %v: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		server.Close() // ends the contexts of the requests that are left
		return fmt.Errorf("web: stop: requests that still ran after %v were cut off", grace)
	}
	return nil
}
