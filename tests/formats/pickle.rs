//! Pickles, right and wrong.

use crate::build::{dict, int, tensor, text, torch, torch_files, tuple, whole, zip};
use crate::{open, refusal};
use vjepa_web::formats::{FormatError, MAX_DIRECTORY};

fn names(top: &[u8]) -> Vec<String> {
    let directory = open(&torch(&whole(top), 24)).unwrap();
    directory.entries.into_iter().map(|entry| entry.name).collect()
}

#[track_caller]
fn refused(top: &[u8]) -> FormatError {
    refusal(&torch(&whole(top), 24))
}

#[track_caller]
fn assert_broken(top: &[u8]) {
    let error = refused(top);
    assert!(matches!(error, FormatError::Pickle(_)), "{error:?}");
}

fn six() -> Vec<u8> {
    tensor("0", 0, &[6], &[1])
}

/// A list in the middle of a pickle.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"](", items.concat().as_slice(), b"e"].concat()
}

#[test]
fn names_join_keys_and_positions() {
    let inner = dict(&[("module.linear.weight", six())]);
    let numbered = [b"}".to_vec(), int(-7), six(), b"s".to_vec()].concat();
    let odd_key = [b"}N".to_vec(), six(), b"s".to_vec()].concat();
    let top = dict(&[
        ("classifiers", list(&[inner.clone(), inner])),
        ("opt", dict(&[("state", numbered), ("lr", b"G\0\0\0\0\0\0\0\0".to_vec()), ("betas", tuple(&[1, 2]))])),
        ("epoch", int(3)),
        ("scaler", b"N".to_vec()),
        ("odd", odd_key),
    ]);
    assert_eq!(
        names(&top),
        ["classifiers.0.module.linear.weight", "classifiers.1.module.linear.weight", "opt.state.-7"]
    );
}

/// What newer protocols and real state dictionaries say differently: frames, memo, attributes, parameters, sizes.
#[test]
fn other_ways_to_say_the_same_are_read() {
    let ordered = [b"ccollections\nOrderedDict\n)R".to_vec(), text("w"), six(), b"s".to_vec()].concat();
    let attributes = dict(&[("_metadata", b"ccollections\nOrderedDict\n)R".to_vec())]);
    assert_eq!(names(&[ordered, attributes, b"b".to_vec()].concat()), ["w"]);

    let parameter = [b"ctorch._utils\n_rebuild_parameter\n(".to_vec(), six(), b"\x88NtR".to_vec()].concat();
    assert_eq!(names(&dict(&[("p", parameter)])), ["p"]);

    let size = [b"ctorch\nSize\n".to_vec(), tuple(&[2, 3]), b"\x85R".to_vec()].concat();
    let sized = tensor("0", 0, &[9], &[3, 1]);
    let nine = tuple(&[9]);
    let at = sized.windows(nine.len()).position(|window| window == nine).unwrap();
    let sized = [&sized[..at], &size, &sized[at + nine.len()..]].concat();
    let frame = [b"\x95".as_slice(), &[1; 8], b"}\x94\x8c\x01z\x94"].concat();
    let stack_global =
        [b"\x8c\x05torch\x94\x8c\x07float32\x94\x93\x940".to_vec(), b"\x8a\x02\x01\x000".to_vec()].concat();
    assert_eq!(names(&[frame, stack_global, sized, b"s".to_vec()].concat()), ["z"]);
}

#[test]
fn names_off_the_list_are_refused() {
    let call = [b"cos\nsystem\n".to_vec(), text("true"), b"\x85R".to_vec()].concat();
    assert_eq!(refused(&call), FormatError::Global("os.system".into()));
    let call = [b"\x8c\x08builtins\x8c\x04eval\x93".to_vec(), text("1"), b"\x85R".to_vec()].concat();
    assert_eq!(refused(&call), FormatError::Global("builtins.eval".into()));
    assert!(matches!(refused(b"ctorch.storage\n_load_from_bytes\n"), FormatError::Global(_)));
    let long = [b"c".to_vec(), vec![b'x'; 1 << 20], b"\ny\n".to_vec()].concat();
    assert!(matches!(refused(&long), FormatError::Global(name) if name.len() < 200));
}

#[test]
fn instructions_off_the_list_are_refused() {
    // INST OBJ NEWOBJ NEWOBJ_EX EXT1 PERSID NEXT_BUFFER LONG4, and none at all
    for code in [b'i', b'o', 0x81, 0x92, 0x82, b'P', 0x97, 0x8b, 0xff, 0] {
        assert_eq!(refused(&[b']', code]), FormatError::Opcode { code, at: 3 });
    }
}

#[test]
fn known_names_are_called_only_as_pytorch_does() {
    for call in [
        b"ctorch\nFloatStorage\n)R".as_slice(),
        b"ctorch\nfloat32\n)R",
        b"ctorch\nSize\n)R",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"ctorch._utils\n_rebuild_parameter\n)R",
        b"ccollections\nOrderedDict\nK\x01\x85R",
        b"ccollections\nOrderedDict\n]R",
        b"K\x01)R",
        b"]}b",
    ] {
        assert_broken(call);
    }
}

#[test]
fn broken_pickles_are_refused() {
    for top in [
        b"".as_slice(),
        b"0",
        b"(",
        b"(0",
        b"t",
        b"1",
        b"]K\x01t",
        b"](0",
        b"\x85",
        b"h\x00",
        b"j\xff\xff\xff\xff",
        b"q\x00",
        b"R",
        b"Q",
        b"]Q",
        b"K\x01K\x02a",
        b"](K\x01u",
        b"}(K\x01u",
        b"K\x01K\x02\x93",
        b"X\xff\xff\xff\xff",
        b"X\xff\xff\xff\x7fabc",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"B\xff\xff\xff\xffabc",
        b"\x8e\x00\x00\x00\x00\x00\x00\x00\x80",
        b"X\x01\x00\x00\x00\xff",
        b"cno end",
    ] {
        assert_broken(top);
    }
    assert!(matches!(refusal(&torch(b"", 24)), FormatError::Pickle(_)));
    assert!(matches!(refusal(&torch(b"\x80\x02}", 24)), FormatError::Pickle(_)));
}

#[test]
fn tensors_must_be_as_pytorch_writes_them() {
    let wrong = [
        tensor("0", -1, &[6], &[1]),
        tensor("0", 0, &[-6], &[1]),
        tensor("0", 0, &[6], &[-1]),
        tensor("0", 0, &[1; 17], &[1; 17]),
        [b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(), vec![b'N'; 4], b"tR".to_vec()].concat(),
    ];
    for tensor in wrong {
        assert_broken(&dict(&[("a", tensor.clone())]));
        // Nobody can ask for it there.
        assert!(names(&[tensor, b"0}".to_vec()].concat()).is_empty());
    }
}

#[test]
fn storages_must_hold_their_tensors() {
    for tensor in [
        tensor("1", 0, &[6], &[1]),
        tensor("../0", 0, &[6], &[1]),
        tensor("0", 0, &[7], &[1]),
        tensor("0", 1, &[6], &[1]),
        tensor("0", 7, &[0], &[1]),
        // Beyond 64 bits: the offset in bytes, their sum, the number of values, their bytes.
        tensor("0", i64::MAX, &[6], &[1]),
        tensor("0", i64::MAX / 4, &[i64::MAX / 2], &[1]),
        tensor("0", 0, &[4, 1 << 62], &[1 << 62, 1]),
        tensor("0", 0, &[i64::MAX], &[1]),
    ] {
        assert_eq!(refused(&dict(&[("a", tensor)])), FormatError::Storage("a".into()));
    }
}

#[test]
fn a_tensor_that_is_not_row_by_row_spoils_only_itself() {
    let turned = tensor("0", 0, &[2, 3], &[1, 2]);
    let spread = tensor("0", 0, &[6], &[0]);
    let uneven = tensor("0", 0, &[6], &[1, 1]);
    let fine = tensor("0", 0, &[1, 3, 1, 2], &[77, 2, 5, 1]);
    let scalar = tensor("0", 5, &[], &[]);
    let none = tensor("0", 6, &[3, 0], &[9, 9]);
    let items = [("a", turned), ("b", spread), ("c", uneven), ("d", fine), ("e", scalar), ("f", none)];
    let directory = open(&torch(&whole(&dict(&items)), 24)).unwrap();
    assert_eq!(directory.entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["d", "e", "f"]);
    assert_eq!(directory.unreadable["a"], FormatError::Layout("a".into()));
    assert_eq!(directory.unreadable.len(), 3);
}

#[test]
fn a_name_comes_once() {
    let twice = dict(&[("a", six()), ("a", six())]);
    assert_eq!(refused(&twice), FormatError::Duplicate("a".into()));
}

#[test]
fn depth_has_an_end() {
    let nested = |depth: usize| [b"]".repeat(depth), six(), b"a".repeat(depth)].concat();
    assert_eq!(names(&nested(16)), [vec!["0"; 16].join(".")]);
    assert_broken(&nested(17));
    // Neither walking nor dropping these may recurse.
    assert_broken(&nested(200_000));
    assert!(names(&[nested(200_000), b"0}".to_vec()].concat()).is_empty());
    assert_broken(&[b"(".repeat(200_000), b"t".repeat(200_000)].concat());
}

#[test]
fn circles_and_bombs_have_an_end() {
    assert_broken(b"]q\x00h\x00a");
    assert_broken(b"]q\x00(h\x00h\x00e");
    // Each list holds the one before a hundred times: a hundred to the power of ten tensors.
    let mut bomb = [six(), b"q\x000".to_vec()].concat();
    for _ in 0..10 {
        bomb.extend([b"](".to_vec(), b"h\x00".repeat(100), b"eq\x000".to_vec()].concat());
    }
    bomb.extend(b"h\x00");
    assert_broken(&bomb);
    // Half a million references once, then as many empty tuples.
    let wide = [b"](".to_vec(), b"N".repeat(400_000), b"e0".to_vec(), b"(t0".repeat(190_000), b"}".to_vec()].concat();
    assert!(names(&wide).is_empty());
    // Long keys inside each other.
    let long = "k".repeat(300);
    assert_broken(&dict(&[(&long, dict(&[(&long, six())]))]));
}

#[test]
fn work_has_an_end() {
    let busy = whole(&b"N0".repeat(MAX_DIRECTORY as usize / 2 - 100));
    assert!(matches!(refusal(&torch(&busy, 0)), FormatError::TooLarge { what: "list of tensors", .. }));
    let values = whole(&b"]".repeat(MAX_DIRECTORY as usize - 100));
    assert!(matches!(refusal(&torch(&values, 0)), FormatError::TooLarge { what: "list of tensors", .. }));
    let many = [six(), b"q\x000](".to_vec(), b"h\x00".repeat(60_000), b"e".to_vec()].concat();
    assert_broken(&many);
}

#[test]
fn several_tensors_share_a_storage() {
    let top = dict(&[("b", tensor("0", 3, &[3], &[1])), ("a", tensor("0", 0, &[3], &[1]))]);
    let bytes = zip(&torch_files(&whole(&top), 24), false);
    assert_eq!(open(&bytes).unwrap().entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
