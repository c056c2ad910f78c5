from carrel.output import TextAssembler


def test_character_split_between_pieces_is_joined():
    assembler = TextAssembler()
    data = "Łódź 東京".encode()
    text = "".join(assembler.feed(i, data[i : i + 1]) for i in range(len(data)))
    assert text + assembler.finish(len(data)) == "Łódź 東京"
    assert assembler.dropped_bytes == 0


def test_bytes_that_are_not_utf8_are_replaced():
    assembler = TextAssembler()
    assert assembler.feed(0, b"a\xff\xfeb") == "a\ufffd\ufffdb"


def test_gap_is_shown_on_a_line_of_its_own():
    assembler = TextAssembler()
    assert assembler.feed(0, b"head") == "head"
    assert assembler.feed(10_004, b"tail") == "\n… 10,000 bytes dropped …\ntail"
    assert assembler.dropped_bytes == 10_000


def test_gap_after_a_line_end_adds_no_empty_line():
    assembler = TextAssembler()
    assembler.feed(0, b"head\n")
    assert assembler.feed(6, b"t") == "… 1 byte dropped …\nt"


def test_character_cut_by_a_gap_is_replaced_before_it():
    assembler = TextAssembler()
    assembler.feed(0, "é".encode()[:1])
    assert assembler.feed(5, b"x") == "\ufffd\n… 4 bytes dropped …\nx"


def test_gap_at_the_end_is_shown():
    assembler = TextAssembler()
    assembler.feed(0, b"a")
    assert assembler.finish(3) == "\n… 2 bytes dropped …\n"


def test_incomplete_character_at_the_end_is_replaced():
    assembler = TextAssembler()
    assert assembler.feed(0, b"a\xc3") == "a"
    assert assembler.finish(2) == "\ufffd"


def test_overlap_is_not_shown_twice():
    assembler = TextAssembler()
    assembler.feed(0, b"abc")
    assert assembler.feed(1, b"bcd") == "d"
    assert assembler.feed(0, b"ab") == ""
    assert assembler.feed(4, b"e") == "e"
    assert assembler.dropped_bytes == 0


def test_watching_from_the_middle_does_not_count_as_a_gap():
    assembler = TextAssembler(from_start=False)
    assert assembler.feed(500, b"x") == "x"
    assert assembler.finish(501) == ""


def test_watching_a_stream_that_says_nothing_more_shows_no_gap():
    assert TextAssembler(from_start=False).finish(100) == ""
