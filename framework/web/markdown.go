package web

import (
	"fmt"
	"html"
	"strings"

	"sedlab/internal/escape"
)

// markdown writes the Markdown of a run's report as HTML: headings, paragraphs, quotes, tables,
// folded parts, images and links, code and emphasis. All else is text. embed returns the
// address of a file that the report names, or "" if there is none.
func markdown(text string, embed func(name string) string) string {
	w := &mdWriter{embed: embed}
	var block []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			block = append(block, line)
			continue
		}
		w.block(block)
		block = nil
	}
	w.block(block)
	w.WriteString(strings.Repeat("</details>\n", w.open))
	return w.String()
}

type mdWriter struct {
	strings.Builder
	embed  func(string) string
	open   int // details
	tables int
}

// block writes lines between which there is no empty one.
func (w *mdWriter) block(lines []string) {
	for len(lines) > 0 {
		n := 1
		switch line := lines[0]; {
		case line == "</details>":
			if w.open > 0 {
				w.open--
				w.WriteString("</details>\n")
			}
		case strings.HasPrefix(line, "<details><summary>"):
			w.open++
			name := strings.TrimSuffix(strings.TrimPrefix(line, "<details><summary>"), "</summary>")
			w.WriteString("<details><summary>" + w.inline(name) + "</summary>\n")
		case strings.HasPrefix(line, "#"):
			w.heading(line)
		case strings.HasPrefix(line, "|"):
			for n < len(lines) && strings.HasPrefix(lines[n], "|") {
				n++
			}
			w.table(lines[:n])
		case strings.HasPrefix(line, "> "):
			w.WriteString("<blockquote><p>" + w.inline(line[2:]) + "</p></blockquote>\n")
		case strings.HasPrefix(line, "![") && w.image(line):
		default:
			for n < len(lines) && !strings.HasPrefix(lines[n], "|") && !strings.HasPrefix(lines[n], "<") {
				n++
			}
			w.WriteString("<p>" + w.inline(strings.Join(lines[:n], " ")) + "</p>\n")
		}
		lines = lines[n:]
	}
}

func (w *mdWriter) heading(line string) {
	text := strings.TrimLeft(line, "#")
	level := string('0' + rune(min(len(line)-len(text), 6)))
	w.WriteString("<h" + level + ">" + w.inline(strings.TrimSpace(text)) + "</h" + level + ">\n")
}

// image writes a paragraph that is an image: as SVG, if there is a file of that name.
func (w *mdWriter) image(line string) bool {
	alt, name, rest, ok := link(line[1:])
	if !ok || strings.TrimSpace(rest) != "" {
		return false
	}
	base, _ := strings.CutSuffix(name, ".png")
	for _, name := range []string{base + ".svg", name} {
		if address := w.embed(name); address != "" {
			w.WriteString(`<figure><img alt="` + html.EscapeString(escape.FromMarkdown(alt)) + `" src="` + html.EscapeString(address) + "\"></figure>\n")
			return true
		}
	}
	return false
}

func (w *mdWriter) table(lines []string) {
	w.tables++
	fmt.Fprintf(w, `<div class="scroll" tabindex="0" role="region" aria-label="Table %d"><table>`+"\n", w.tables)
	for i, line := range lines {
		if i == 1 && strings.Trim(line, "|-: ") == "" {
			continue
		}
		tag := "td"
		if i == 0 {
			tag = "th scope=\"col\""
			w.WriteString("<thead>")
		}
		w.WriteString("<tr>")
		for _, field := range fields(line) {
			w.WriteString("<" + tag + ">" + w.inline(field) + "</" + tag[:2] + ">")
		}
		w.WriteString("</tr>\n")
		if i == 0 {
			w.WriteString("</thead><tbody>")
		}
	}
	w.WriteString("</tbody></table></div>\n")
}

// fields splits a line of a table.
func fields(line string) (list []string) {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	from := 0
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			list = append(list, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	return append(list, strings.TrimSpace(line[from:]))
}

// inline writes text with code, emphasis and links.
func (w *mdWriter) inline(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "`*[")
		if i < 0 {
			i = len(text)
		}
		b.WriteString(html.EscapeString(escape.FromMarkdown(text[:i])))
		if text = text[i:]; text == "" {
			break
		}
		if inside, rest, ok := between(text, "`"); ok {
			b.WriteString("<code>" + html.EscapeString(escape.FromMarkdown(inside)) + "</code>")
			text = rest
		} else if inside, rest, ok := between(text, "**"); ok {
			b.WriteString("<strong>" + w.inline(inside) + "</strong>")
			text = rest
		} else if inside, rest, ok := between(text, "*"); ok {
			b.WriteString("<em>" + w.inline(inside) + "</em>")
			text = rest
		} else if name, target, rest, ok := link(text); ok {
			b.WriteString(w.link(name, target))
			text = rest
		} else {
			b.WriteString(html.EscapeString(text[:1]))
			text = text[1:]
		}
	}
	return b.String()
}

// link writes a link to a file of the report, or only its text if there is no such file.
func (w *mdWriter) link(text, target string) string {
	name := html.EscapeString(escape.FromMarkdown(text))
	address := w.embed(target)
	if address == "" {
		return name
	}
	file := target[strings.LastIndexByte(target, '/')+1:]
	return `<a download="` + html.EscapeString(file) + `" href="` + html.EscapeString(address) + `">` + name + "</a>"
}

// between returns what is between two marks at the start of a text.
func between(text, mark string) (inside, rest string, ok bool) {
	if text, ok = strings.CutPrefix(text, mark); !ok {
		return "", "", false
	}
	inside, rest, ok = strings.Cut(text, mark)
	return inside, rest, ok && inside != "" && inside == strings.TrimSpace(inside)
}

// link returns the parts of [text](target) at the start of a text.
func link(s string) (text, target, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return "", "", "", false
	}
	text, rest, ok = strings.Cut(s[1:], "](")
	if !ok || strings.Contains(text, "[") {
		return "", "", "", false
	}
	target, rest, ok = strings.Cut(rest, ")")
	return text, target, rest, ok && !strings.ContainsAny(target, " \t")
}
