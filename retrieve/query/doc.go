// Package query reads what a person typed into a search box, and the filters and sort orders that a program asks for.
//
// # The language
//
// Most people type words, and words are all that is needed. Who wants more has these:
//
//	boiled eggs          words: the more of them a document has, the better
//	"soft boiled"        these words must be there, one right after the other; "soft" must be there
//	boil*                words that begin so
//	-salt                without the word
//	-"table salt"        without the phrase; -boil* and -topic:baking are excluded in the same way
//	topic:baking         a field holds this value, upper or lower case
//	author:"Jane Doe"    a value of several words
//	topic:bak*           the value begins so
//	topic:*              the field has a value
//	updated:2024-05      a date within that month; a year or a day likewise
//	price:10..20         a range of numbers or dates, both ends included; 10.. and ..20 are open on one side
//	updated:>=2024-05    also >, < and <=; a year, month or day as a bound is the whole of it
//
// Any text is a query. What is not quite an operator is a word, since most of what looks like one is not meant as one:
//
//   - An operator stands at the beginning of a token, a star at its end; white space (and control characters) separate
//     tokens. So l'hôtel, rock'n'roll, C++, a-b, 5", 6'2", 5*3 and **bold** are words.
//   - A minus excludes if a letter or a quoted phrase follows. So "a - b", --flag and -5 are words; -"5" excludes 5.
//   - A plus before a letter or a phrase is an old habit and changes nothing. So are AND, OR and NOT: they are words.
//   - A prefix has two letters or digits at least; one is enough in Chinese, Japanese and Korean.
//   - name:value is a word unless there is a field of that name. So 10:30, std::vector and http://x are words.
//   - Quotes may be "…", “…”, ”…”, „…“, «…», »…« or ＂…＂, and punctuation may follow the last. A quote without its partner
//     is a space. Quotes with nothing between them are nothing.
//   - A value that is no range of two numbers or two dates, as in file:../x, is looked for as it stands.
//   - After [MaxOperators] the rest is words.
//
// [Parse] returns a [Query]: clauses in the order typed. It never splits words, which only the analyzer of a language
// can do (Chinese has no spaces): plain words side by side are one clause. [Query.String] writes a query in the one way
// that reads as the same clauses again.
//
// # Filters and sort orders
//
// [ParseFilter] reads the same values of a field from a program. It has two forms more, topic:billing|refunds for any of
// several values, and ranges of text, and it returns errors. [ParseSort] reads the name of a field, with a minus for
// descending. [Filter.Match] and [Compare] work on values in their text form: 12.5, 2024-05-01, billing.
//
// The package imports the standard library only, and knows no index: what a clause finds is the business of who searches.
//
// Read next: query.go has the types, parse.go the rules above in the order in which they apply, scan.go quotes and
// characters; then filter.go, bound.go and sort.go.
package query
