//go:build unix

package keyring_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/quern-search/quern/web/keyring"
)

// Who could read the file of keys still can when it was changed: a server may be another user than whoever revokes a key.
func TestChangesKeepOwnerAndMode(t *testing.T) {
	path := keysIn(t, shop)
	check(t, os.Chmod(path, 0o640))
	owner := os.Getuid()
	if owner == 0 { // root can give files away
		owner = 12345
		check(t, os.Chown(path, owner, 54321))
	}
	check(t, keyring.Revoke(path, "shop"))
	info, err := os.Stat(path)
	check(t, err)
	is := info.Sys().(*syscall.Stat_t)
	if info.Mode().Perm() != 0o640 || int(is.Uid) != owner || owner == 12345 && is.Gid != 54321 {
		t.Errorf("mode %v, owner %d, group %d; want 0640 and owner %d", info.Mode(), is.Uid, is.Gid, owner)
	}
}
