package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/web"
)

// tokenVariable is the environment variable that can hold the token of serve: other people can see
// flags in lists of processes.
const tokenVariable = "SEDLAB_TOKEN"

// leastToken is the number of bytes of the shortest token, and autoToken stands for a new one.
const (
	leastToken = 16
	autoToken  = "auto"
)

// servedTable is the memory [bytes] that a table may take to be shown in a browser, and
// servedMemory the memory [bytes] above which the program collects garbage rather than take more.
const (
	servedTable  = 128 << 20
	servedMemory = 220 << 20
)

func (t *terminal) serveCommand() *cobra.Command {
	var addr string
	var open bool
	var o web.Options
	c := &cobra.Command{
		Use:   "serve",
		Short: "Show the runs as pages in a browser",
		Long: "Serve shows a folder of runs in a browser, until it is interrupted. It needs no network, and changes nothing but tags\n" +
			"and notes. It answers only to this machine; other addresses, such as 0.0.0.0:8765, need --token. On a machine that\n" +
			"others use too, --token keeps them out. They can see flags in lists of processes, but not the environment variable\n" +
			tokenVariable + ", which can hold the token instead.",
		Example: "  sedlab serve --open\n  sedlab serve --runs /data/runs --read-only\n  sedlab serve --addr 0.0.0.0:8765 --token auto",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Token == "" {
				o.Token = os.Getenv(tokenVariable)
			}
			if o.Token == autoToken {
				o.Token = rand.Text()
			}
			return t.serve(c.Context(), addr, open, o)
		},
	}
	t.runsFlag(c)
	t.cacheFlag(c)
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8765", "the `address` to listen at; port 0 takes any free port")
	c.Flags().BoolVar(&open, "open", false, "open the page in the browser")
	c.Flags().BoolVar(&o.ReadOnly, "read-only", false, "refuse changes of tags and notes")
	c.Flags().StringArrayVar(&o.Repaired, "repaired", nil, "also show the repaired spectra in `path`, a file or folder that reconstruct --out has written; may be repeated")
	c.Flags().StringVar(&o.Token, "token", "", "a `secret` that browsers must give, of at least 16 characters; auto makes one")
	return c
}

func (t *terminal) serve(ctx context.Context, addr string, open bool, o web.Options) error {
	if o.Token != "" && len(o.Token) < leastToken {
		return usageError{fmt.Errorf("--token or %s: has %d characters; expected at least %d, or %s for a new one", tokenVariable, len(o.Token), leastToken, autoToken)}
	}
	if err := checkAddress(addr, o.Token); err != nil {
		return usageError{err}
	}
	for _, path := range o.Repaired {
		if _, err := t.app.Repaired(ctx, path, app.RepairedQuery{}); err != nil {
			return usageError{fmt.Errorf("--repaired: %w", err)}
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return usageError{fmt.Errorf("%w; give another with --addr, or port 0 for any free port", err)}
	}
	t.app.MaxTable = servedTable
	saveMemory()
	at := url.URL{Scheme: "http", Host: reachable(l.Addr()), Path: "/"}
	if o.Token != "" {
		at.RawQuery = url.Values{"token": {o.Token}}.Encode()
	}
	fmt.Fprintf(t.stdout, "%s shows the runs in %s; Ctrl-C ends it\n", &at, t.app.Runs)
	if open {
		if err := openBrowser(ctx, at.String()); err != nil {
			t.progress.Note("no browser could be opened: " + err.Error())
		}
	}
	return web.New(t.app, o).Serve(ctx, l)
}

// saveMemory makes the program collect garbage early: a server has more time than memory. The
// variables of the Go runtime overrule it.
func saveMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(servedMemory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// reachable returns the host and port by which browsers reach an address: where that is every one of
// the machine, its name.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	name, err := os.Hostname()
	if !ok || err != nil || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort(name, strconv.Itoa(tcp.Port))
}

// checkAddress returns an error if other machines could reach an address without a token.
func checkAddress(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr %s: must be an address with a port, such as 127.0.0.1:8765", addr)
	}
	if ip := net.ParseIP(host); token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("--addr " + addr + ": other machines can reach this address; it needs --token or " + tokenVariable + "; --token " + autoToken + " makes one")
	}
	return nil
}

// openBrowser shows an address in the default browser.
func openBrowser(ctx context.Context, address string) error {
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	}
	return exec.CommandContext(ctx, name, address).Start()
}
