package keyring_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/quern-search/quern/web/keyring"
)

// A key with limits is added to a file, and a server counts what is done with it.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "keys.json")
	secret := keyring.NewSecret() // for the client; it is stored nowhere
	if err := keyring.Add(path, keyring.Key{Name: "shop", Hash: keyring.HashOf(secret), Tokens: 1000}); err != nil {
		log.Fatal(err)
	}

	ring, err := keyring.Open(keyring.Config{Path: path})
	if err != nil {
		log.Fatal(err)
	}
	pass, err := ring.Admit(secret)
	if err != nil {
		log.Fatal(err)
	}
	pass.Charge(2499) // what the model has read
	pass.Done()
	_, err = ring.Admit(secret)
	fmt.Println(err)
	_, err = ring.Admit("guess")
	fmt.Println(err)
	usage, err := ring.Usage()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(usage["shop"].Requests, usage["shop"].Tokens, usage["shop"].Refused)
	// Output:
	// too many tokens with this key, which may have 1000 a minute: try again in 1m30s
	// this is no key of this server
	// 1 2499 1
}
