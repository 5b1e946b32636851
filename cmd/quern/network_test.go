package main

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quern-search/quern/web"
)

func TestNetworkFlags(t *testing.T) {
	var cfg web.Config
	f := networkFlags{proxies: []string{"10.0.0.0/8", "192.0.2.1", "2001:db8::1"}, origins: []string{"https://shop.example.com"}}
	if err := f.set(&cfg); err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::1/128")}
	if diff := cmp.Diff(want, cfg.TrustedProxies, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || len(cfg.CORSOrigins) != 1 {
		t.Error(diff, cfg.CORSOrigins)
	}
}
