package bochstest

import (
	"fmt"
	"testing"
)

func Example() {
	// In a test, with QUERN_BOCHS set, of a package that has a function add(sum *[3]int64) in assembly:
	//
	//	guest := bochstest.New(t)
	//	sum := guest.Put([]byte{0: 1, 8: 2, 23: 0})
	//	guest.Call("thepackage.add", sum)
	//	guest.Run()
	//	guest.Get(result, sum)
	fmt.Println(Variable)
	// Output: QUERN_BOCHS
}

func TestPutAndGet(t *testing.T) {
	g := &Guest{t: t}
	g.Put([]byte("first"))
	at := g.Put([]byte("second"))
	got := make([]byte, 6)
	g.Get(got, at)
	if string(got) != "second" || at%64 != 0 {
		t.Errorf("%q at %x", got, at)
	}
}

// A guest that is given nothing to do comes back, and its memory with it.
func TestEmptyGuestInBochs(t *testing.T) {
	g := New(t)
	at := g.Put([]byte("kept"))
	g.Run()
	got := make([]byte, 4)
	if g.Get(got, at); string(got) != "kept" {
		t.Errorf("memory has %q", got)
	}
}
