package reports

// nameSections gives the sections their headings. Figures without a title whose
// headings would be the same are told apart by their choices.
func nameSections(sections []section) {
	same := map[string][]*section{}
	for i := range sections {
		switch s := &sections[i]; {
		case s.drawn == nil:
		case s.drawn.Title != "":
			s.heading = s.drawn.Title
		default:
			s.heading = s.drawn.Default
			same[s.heading] = append(same[s.heading], s)
		}
	}
	for _, group := range same {
		common := map[string]int{}
		for _, s := range group {
			for _, c := range s.drawn.Choices {
				common[c]++
			}
		}
		for _, s := range group {
			for _, c := range s.drawn.Choices {
				if common[c] < len(group) {
					s.heading += ", " + c
				}
			}
		}
	}
}
