package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/web"
)

// tokenVariable is the environment variable that can hold the token of serve: other people can see
// flags in lists of processes.
const tokenVariable = "SEDLAB_TOKEN"

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
		Example: "  sedlab serve --open\n  sedlab serve --runs /data/runs --read-only\n  SEDLAB_TOKEN=… sedlab serve --addr 0.0.0.0:8765",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Token == "" {
				o.Token = os.Getenv(tokenVariable)
			}
			return t.serve(c.Context(), addr, open, o)
		},
	}
	t.runsFlag(c)
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8765", "the `address` to listen at; port 0 takes any free port")
	c.Flags().BoolVar(&open, "open", false, "open the page in the browser")
	c.Flags().BoolVar(&o.ReadOnly, "read-only", false, "refuse changes of tags and notes")
	c.Flags().StringArrayVar(&o.Repaired, "repaired", nil, "also show the repaired spectra in `path`, a file or folder that reconstruct --out has written; may be repeated")
	c.Flags().StringVar(&o.Token, "token", "", "a `secret` that browsers must give")
	return c
}

func (t *terminal) serve(ctx context.Context, addr string, open bool, o web.Options) error {
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
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(servedMemory)
	}
	at := url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/"}
	if o.Token != "" {
		at.RawQuery = url.Values{"token": {o.Token}}.Encode()
	}
	fmt.Fprintf(t.stdout, "%s shows the runs in %s; Ctrl-C ends it\n", &at, t.app.Runs)
	if open {
		if err := openBrowser(ctx, at.String()); err != nil {
			t.progress.Note("no browser could be opened: " + err.Error())
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // a server has more time than memory
	}
	return web.New(t.app, o).Serve(ctx, l)
}

// checkAddress returns an error if other machines could reach an address without a token.
func checkAddress(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr %s: must be an address with a port, such as 127.0.0.1:8765", addr)
	}
	if ip := net.ParseIP(host); token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("--addr " + addr + ": other machines can reach this address; it needs --token or " + tokenVariable)
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
