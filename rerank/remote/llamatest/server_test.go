package llamatest

import (
	"fmt"
	"testing"
)

func Example() {
	// In a test, with QUERN_LLAMA_SERVER set:
	//
	//	server := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank")
	//	client, err := remote.Open(t.Context(), remote.Config{URL: server.URL})
	fmt.Println(Variable)
	// Output: QUERN_LLAMA_SERVER
}

func TestLogFindsTheAddress(t *testing.T) {
	var l log
	for _, want := range []string{"http://127.0.0.1:40563", "http://127.0.0.1:40563"} {
		address := l.watch()
		for _, part := range []string{"srv  llama_server: list", "ening on http://127.0.0.1:40", "563", "\nloading\n"} {
			fmt.Fprint(&l, part)
		}
		if got := <-address; got != want {
			t.Errorf("the address is %q, want %q", got, want)
		}
	}
	if got := l.tail(8); got != "...loading" {
		t.Errorf("the end is %q", got)
	}
}

// A server that is started again is the same one to its clients.
func TestRestart(t *testing.T) {
	s := Start(t, Tiny(t, false), "--rerank")
	before := s.URL
	s.Kill()
	if s.ready(t.Context()) {
		t.Error("a killed server answers")
	}
	s.Restart()
	if s.URL != before || !s.ready(t.Context()) {
		t.Errorf("at %s it was started again, at %s before", s.URL, before)
	}
}
