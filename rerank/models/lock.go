package models

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lockSoon is how long a lock takes that nobody else has.
const lockSoon = 200 * time.Millisecond

// lock waits until no other process changes the model of that name, and keeps all others from it. If that takes a while
// it calls waiting, which may be nil.
func (s Store) lock(ctx context.Context, name string, waiting func()) (unlock func(), err error) {
	type lock struct {
		unlock func()
		err    error
	}
	locked := make(chan lock)
	go func() {
		unlock, err := lockedfile.MutexAt(s.beside(name, lockSuffix)).Lock()
		select {
		case locked <- lock{unlock, err}:
		case <-ctx.Done():
			if err == nil {
				unlock()
			}
		}
	}()
	soon := time.NewTimer(lockSoon)
	defer soon.Stop()
	for {
		select {
		case l := <-locked:
			return l.unlock, l.err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-soon.C:
			if waiting != nil {
				waiting()
			}
		}
	}
}
