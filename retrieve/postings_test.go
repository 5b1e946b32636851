package retrieve

import (
	"fmt"
	"testing"

	"github.com/quern-search/quern/index"
)

func TestTheCacheKeepsToItsRoomAndForgetsTheOldest(t *testing.T) {
	x, err := index.Create("", index.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Put(t.Context(), index.Document{ID: "a", Body: "red green blue"}, index.Document{ID: "b", Body: "red"}); err != nil {
		t.Fatal(err)
	}
	snap, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()

	const room = 2*listBytes + 100 // for two lists
	c := newCache(room)
	r := &BM25{index: x, boost: noBoost, cache: c}
	get := func(term string) *list {
		t.Helper()
		l, err := r.list(snap.Segments[0], snap.Langs[0], term)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	red := get("red")
	if got := fmt.Sprint(red.Docs, red.TFs); got != "[0 1] [1 1]" {
		t.Errorf("red: %s", got)
	}
	get("green")
	if get("red") != red {
		t.Error("red was read again though there was room")
	}
	get("blue")
	if c.bytes > room || c.items.Len() != 2 {
		t.Errorf("%d lists of %d bytes in room for %d", c.items.Len(), c.bytes, room)
	}
	if get("red") != red {
		t.Error("red made room, though green was used longer ago")
	}
	c.items.Purge()
	if c.bytes != 0 {
		t.Errorf("an empty cache has %d bytes", c.bytes)
	}
}
