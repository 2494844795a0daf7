package recording

import "bytes"

// xml replaces what elements with secret names hold, wherever a tag is in the content, so that XML that is broken or cut
// off is searched as well. An element that does not end reaches to the end of the content.
func (r *Redactor) xml(content []byte) []byte {
	if len(r.fields) == 0 {
		return content
	}
	var out []byte
	copied := 0
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], '<')
		if next < 0 {
			break
		}
		begin := at + next + 1
		at = begin
		end := begin
		for end < len(content) && isXMLName(content[end]) {
			end++
		}
		a, secret := r.names.find(r.fields, localName(content[begin:end]))
		if !secret {
			continue
		}
		closing := bytes.IndexByte(content[end:], '>')
		if closing < 0 || content[end+closing-1] == '/' {
			continue
		}
		start := end + closing + 1
		stop := elementEnd(content, start, content[begin:end])
		if start < stop {
			out = append(append(out, content[copied:start]...), r.replacement(a, string(content[start:stop]))...)
			copied, at = stop, stop
		}
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// elementEnd is the end of the content of the element of that name which begins at i.
func elementEnd(content []byte, i int, name []byte) int {
	for {
		next := bytes.IndexByte(content[i:], '<')
		if next < 0 {
			return len(content)
		}
		end := i + next
		i = end + 1
		for i < len(content) && content[i] == '\\' { // of JSON around it
			i++
		}
		if i < len(content) && content[i] == '/' && bytes.HasPrefix(content[i+1:], name) {
			return end
		}
	}
}

// localName is a name without its namespace.
func localName(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

func isXMLName(c byte) bool { return isWord(c) || c == ':' || c == '.' || c >= 0x80 }
