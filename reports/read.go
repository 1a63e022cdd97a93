package reports

import "strings"

// Caption returns the title and the caption of a figure from the lines of report.md. name is
// that of the figure's files, without the extension, and the title of a figure that the
// report does not have.
func Caption(lines []string, name string) (title, caption string) {
	end := "](" + figuresFolder + name + ".png)"
	for i, line := range lines {
		if why, ok := strings.CutPrefix(line, "*Not drawn: "); ok && strings.HasSuffix(line, "]("+figuresFolder+name+".csv).") {
			why, _, _ = strings.Cut(why, ".* [CSV](")
			return name, "Not drawn: " + unescape(why)
		}
		title, ok := strings.CutPrefix(strings.TrimSuffix(line, end), "![")
		if !ok || !strings.HasSuffix(line, end) {
			continue
		}
		if i+2 < len(lines) {
			caption, _, _ = strings.Cut(lines[i+2], "[SVG](")
		}
		return unescape(title), strings.TrimSpace(unescape(caption))
	}
	return name, ""
}

// Rule returns the rule by which a claim is judged, from the lines of report.md.
func Rule(lines []string, claim string) string {
	for i, line := range lines {
		if line == "> "+claim && i+2 < len(lines) {
			return unescape(lines[i+2])
		}
	}
	return ""
}

// unescape takes back what escape.Markdown does.
var unescape = strings.NewReplacer("&lt;", "<", `]\(`, "](", `]\[`, "][", `]\:`, "]:", `\|`, "|").Replace
