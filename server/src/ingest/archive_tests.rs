use super::*;
use flate2::{Compression, write::GzEncoder};
use zip::write::SimpleFileOptions;

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        if name.ends_with('/') {
            zip.add_directory(*name, SimpleFileOptions::default()).expect("a folder");
        } else {
            zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
            zip.write_all(content).expect("its content");
        }
    }
    zip.finish().expect("an archive").into_inner()
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, name, *content).expect("a file");
    }
    tar.into_inner().expect("an archive")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("compressed");
    encoder.finish().expect("compressed")
}

/// The name and content of what is opened, or why not.
async fn opened(bytes: &[u8]) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive");
    std::fs::write(&path, bytes).expect("written");
    let mut sources = open_sources(path);
    let mut all = Vec::new();
    while let Some(source) = sources.next().await {
        all.push(match source {
            Ok(handle) => {
                let mut text = String::new();
                let read = handle.reader(Default::default()).and_then(|mut reader| reader.read_to_string(&mut text));
                (handle.title(), read.map_or_else(|error| error.to_string(), |_| text))
            }
            Err((name, error)) => (name, error.to_string()),
        });
    }
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

const FILES: [(&str, &[u8]); 5] = [
    ("b/second.csv", b"deux"),
    ("a.xml", b"un"),
    ("__MACOSX/a.xml", b"rien"),
    (".cache", b"rien"),
    ("b/.DS_Store", b"rien"),
];

#[tokio::test]
async fn every_file_of_an_archive_is_a_source() {
    let mut with_folder = vec![("b/", &b""[..])];
    with_folder.extend(FILES);
    let sorted = pairs(&[("archive › a.xml", "un"), ("archive › b/second.csv", "deux")]);
    assert_eq!(opened(&zip(&with_folder)).await, sorted);
    let in_order = pairs(&[("archive › b/second.csv", "deux"), ("archive › a.xml", "un")]);
    assert_eq!(opened(&tar(&FILES)).await, in_order);
    assert_eq!(opened(&gzip(&tar(&FILES))).await, in_order);
    // What is compressed in an archive is decompressed as outside.
    assert_eq!(opened(&zip(&[("a.csv.gz", &gzip(b"un"))])).await, pairs(&[("archive › a.csv.gz", "un")]));
    assert_eq!(opened(&gzip(b"un")).await, pairs(&[("archive", "un")]));
    assert_eq!(opened(b"un").await, pairs(&[("archive", "un")]));
}

#[tokio::test]
async fn what_cannot_be_read_says_so_and_the_rest_is_read() {
    let nested = zip(&[("a.csv", b"un"), ("b.zip", &zip(&FILES)), ("c.csv", b"deux")]);
    let all = opened(&nested).await;
    assert_eq!(
        [&all[0], &all[2]],
        [&pairs(&[("archive › a.csv", "un")])[0], &pairs(&[("archive › c.csv", "deux")])[0]]
    );
    assert!(all[1].1.contains("archive dans une archive"), "{all:?}");

    for empty in [zip(&[]), zip(&[("a/", b"")]), tar(&[(".cache", b"rien")])] {
        let all = opened(&empty).await;
        assert!(all.len() == 1 && all[0].1.contains("aucun fichier"), "{all:?}");
    }
    let sheet = opened(&zip(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")])).await;
    assert!(sheet.len() == 1 && sheet[0].1.contains("CSV"), "{sheet:?}");

    // The content of the first file does not match its checksum any more.
    let mut damaged = zip(&[("a.csv", b"un un un un"), ("b.csv", b"deux")]);
    let at = damaged.windows(5).position(|bytes| bytes == b"a.csv").expect("a name") + 5;
    damaged[at] ^= 0x55;
    let all = opened(&damaged).await;
    assert!(all[0].1.contains("abîmée"), "{all:?}");
    assert_eq!(all[1], pairs(&[("archive › b.csv", "deux")])[0]);
}

#[tokio::test]
async fn the_folder_itself_is_no_hidden_one() {
    let files: [(&str, &[u8]); 3] = [("./a.xml", b"un"), ("./b/./second.csv", b"deux"), ("./.cache", b"rien")];
    let expected = pairs(&[("archive › ./a.xml", "un"), ("archive › ./b/./second.csv", "deux")]);
    assert_eq!(opened(&zip(&files)).await, expected);
    let mut folder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // As `tar -C folder .` writes it, which the builder would not.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        folder.append(&header, content).expect("a file");
    }
    assert_eq!(opened(&folder.into_inner().expect("an archive")).await, expected);
    // Nothing is written where a name would lead.
    assert_eq!(opened(&zip(&[("../a.xml", b"un")])).await, pairs(&[("archive › ../a.xml", "un")]));
}

#[tokio::test]
async fn two_files_of_one_name_are_told() {
    let mut twice = zip(&[("a.csv", b"un"), ("b.csv", b"deux"), ("c.csv", b"trois")]);
    let starts: Vec<_> = (0..twice.len()).filter(|at| twice[*at..].starts_with(b"b.csv")).collect();
    assert_eq!(starts.len(), 2, "in the list of the archive too");
    for at in starts {
        twice[at] = b'a';
    }
    let all = opened(&twice).await;
    assert!(all[0].0 == "archive › a.csv" && all[0].1.contains("plusieurs fichiers"), "{all:?}");
    assert_eq!(all[1..], pairs(&[("archive › a.csv", "deux"), ("archive › c.csv", "trois")]));
}

/// An entry of a tar archive, of this type.
fn tar_entry(kind: tar::EntryType, size: u64, content: impl Read) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.as_old_mut().name[..5].copy_from_slice(b"a.csv");
    header.set_cksum();
    tar.append(&header, content).expect("an entry");
    let mut bytes = tar.into_inner().expect("an archive");
    // Without what ends the archive.
    bytes.truncate(bytes.len() - 1_024);
    bytes
}

#[tokio::test]
async fn a_name_made_to_fill_the_memory_is_not_read() {
    let first = tar_entry(tar::EntryType::Regular, 2, &b"un"[..]);
    for kind in [tar::EntryType::GNULongName, tar::EntryType::GNULongLink, tar::EntryType::XHeader] {
        let size = 1 << 20;
        let bomb = tar_entry(kind, size, io::repeat(0).take(size));
        let all = opened(&gzip(&[&first[..], &bomb, &tar(&FILES)].concat())).await;
        assert_eq!(all[0], pairs(&[("archive › a.csv", "un")])[0]);
        assert!(all.len() == 2 && all[1].1.contains("256 Kio"), "{all:?}");
    }
    // What is left out, and a name that is long, are no such thing.
    let hidden = 1 << 20;
    let mut builder = tar::Builder::new(Vec::new());
    for (name, size) in
        [(".cache".to_owned(), hidden), (format!("{}/a.csv", "b".repeat(4_000)), 2), ("c.csv".into(), 2)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_cksum();
        builder.append_data(&mut header, name, io::repeat(b'x').take(size)).expect("a file");
    }
    let all = opened(&builder.into_inner().expect("an archive")).await;
    assert_eq!(all.iter().map(|(_, content)| content.as_str()).collect::<Vec<_>>(), ["xx", "xx"]);
}

#[tokio::test]
async fn a_damaged_tar_archive_says_so_in_french() {
    let mut damaged = tar(&[("a.csv", b"un"), ("b.csv", b"deux")]);
    // The second header does not match its checksum any more.
    damaged[1_024] ^= 0x55;
    let all = opened(&damaged).await;
    assert_eq!(all[0], pairs(&[("archive › a.csv", "un")])[0]);
    assert!(all[1].1.contains("abîmée"), "{all:?}");
}

#[tokio::test]
async fn an_archive_cut_anywhere_never_hangs_nor_panics() {
    for whole in [zip(&FILES), tar(&FILES), gzip(&tar(&FILES))] {
        for length in (0..whole.len()).step_by(37) {
            for (name, _) in opened(&whole[..length]).await {
                assert!(name.starts_with("archive"));
            }
        }
    }
}

#[test]
fn a_file_out_of_proportion_with_its_archive_is_not_spooled() {
    assert_eq!(entry_limit(1_000), SMALL_BYTES, "what is small fits anywhere");
    assert_eq!(entry_limit(1 << 24), 200 << 24);
    assert_eq!(entry_limit(u64::MAX), MAX_ENTRY_BYTES);
    let spooled =
        |bytes, limit| spool(io::repeat(0).take(bytes), limit).map(|file| file.metadata().expect("a file").len());
    assert_eq!(spooled(4_096, 4_096).expect("spooled"), 4_096);
    let refused = spooled(u64::MAX, 4_096).expect_err("a bomb").to_string();
    assert!(refused.contains("200 fois la taille de l’archive"), "{refused}");
}
