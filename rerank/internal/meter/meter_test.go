package meter_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/internal/meter"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	var m meter.Meter
	client := &http.Client{Transport: &m}
	for _, text := range []string{"one", "two"} {
		answer, err := client.Post(server.URL, "text/plain", strings.NewReader(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer.Body.Close()
	}
	log := m.Take()
	for _, e := range log.Exchanges {
		fmt.Printf("%s %s\n", e.Request, e.Answer)
	}
	fmt.Println(log.Busy > 0)
	// Output:
	// one one
	// two two
	// true
}

// Two requests at the same time are busy once, and a client that does nothing is not busy.
func TestBusyIsTimeNotRequests(t *testing.T) {
	both := make(chan bool, 2)
	release := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		both <- true
		<-release
	}))
	defer server.Close()
	var m meter.Meter
	client := &http.Client{Transport: &m}
	done := make(chan error)
	for range 2 {
		go func() {
			answer, err := client.Post(server.URL, "", strings.NewReader(""))
			if err == nil {
				err = answer.Body.Close()
			}
			done <- err
		}()
	}
	<-both
	<-both
	if log := m.Take(); log.Busy != 0 || len(log.Exchanges) != 2 {
		t.Errorf("with two requests under way: %+v, want two exchanges and no time yet", log)
	}
	close(release)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if m.Take().Busy == 0 {
		t.Error("two requests took no time")
	}
}
