package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// policy lets pages load only what this server gives, and run no script in a page's text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// mostBody is the size of the largest request body [bytes]: a note, and the names around it.
const mostBody = 64 << 10

// guard refuses requests that other sites make through a browser, and those of people
// without the token.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		switch {
		case s.opt.Token == "" && !loopback(r.Host):
			refuse(w, http.StatusMisdirectedRequest, "this server answers only to localhost and 127.0.0.1; --token lets it answer to other names")
		case s.opt.Token != "" && s.opened(w, r):
		case s.opt.Token != "" && !s.knows(r):
			refuse(w, http.StatusUnauthorized, "open the address with ?token=… that sedlab serve printed")
		case origin.Check(r) != nil || embedded(r):
			refuse(w, http.StatusForbidden, "the request comes from another site")
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
			refuse(w, http.StatusMethodNotAllowed, "only GET, HEAD and POST are answered")
		case r.Method == http.MethodPost && s.opt.ReadOnly:
			refuse(w, http.StatusForbidden, "the server was started with --read-only")
		case r.Method == http.MethodPost && !s.genuine(w, r):
			return
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// embedded reports whether a page of another site makes a request, rather than a person who
// follows a link on it: answers can take long to make, and how long says something.
func embedded(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return (site == "cross-site" || site == "same-site") && !followed
}

func refuse(w http.ResponseWriter, status int, text string) {
	http.Error(w, http.StatusText(status)+": "+text, status)
}

// genuine reports whether a write comes from a page of this server. If not, it answers.
func (s *Server) genuine(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); errors.As(err, new(*http.MaxBytesError)) {
		refuse(w, http.StatusRequestEntityTooLarge, err.Error())
		return false
	} else if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return false
	}
	if !equal(r.PostForm.Get("csrf"), s.csrf) {
		refuse(w, http.StatusForbidden, "the server was restarted after this page was loaded; reload the page")
		return false
	}
	return true
}

// loopback reports whether a Host header has a name that only this machine can give. An
// attacker's page may have a name that leads here, but not one of these.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		host = strings.TrimSuffix(inner, "]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// tokenCookie returns the name of the cookie that says that a browser gave the token. Browsers send
// cookies to all ports of a host.
func tokenCookie(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host) // it may have none
	return "sedlab_token_" + port
}

// opened answers a request with the token in its address: it gives the browser a cookie
// that is good until the server ends, and takes the token out of the address, which others may see.
func (s *Server) opened(w http.ResponseWriter, r *http.Request) bool {
	query := r.URL.Query()
	if r.Method != http.MethodGet || !equal(query.Get("token"), s.opt.Token) {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: tokenCookie(r), Value: s.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	query.Del("token")
	to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: query.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return true
}

// knows reports whether a request has the token in a header, or the cookie of a browser that gave it.
func (s *Server) knows(r *http.Request) bool {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return equal(t, s.opt.Token)
	}
	c, err := r.Cookie(tokenCookie(r))
	return err == nil && equal(c.Value, s.cookie)
}

// equal compares secrets in a time that does not depend on where they differ.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
