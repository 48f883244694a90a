//! Requests that end in the middle.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{Scene, scene};
use crate::on_both;

/// Sends a request's head and this much of its body, and hangs up. What came back before that.
async fn hang_up(scene: &Scene<'_>, path: &str, headers: &str, length: usize, body: Vec<u8>) {
    let (address, key) = (scene.world.address, scene.key.clone());
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}\r\nx-file-name: a.wav\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    let send = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // Until the server hangs up too: then it has let go of what it had.
        let _ = stream.read_to_end(&mut answer);
    };
    actix_web::web::block(send).await.unwrap();
}

on_both! {
    async fn a_connection_that_is_cut_leaves_nothing(world: World) {
        let scene = scene(world);
        let form = "Content-Type: multipart/form-data; boundary=x\r\n";
        let part = |name: &str, size: usize| {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"data\"; filename=\"{name}\"\r\n\r\n");
            [head.into_bytes(), vec![b'a'; size], b"\r\n".to_vec()].concat()
        };
        // Small and large, raw and in parts, after files that had arrived whole.
        hang_up(&scene, "/api/training/data", "", 100, vec![b'a'; 50]).await;
        hang_up(&scene, "/api/training/data", "", 3_000_000, vec![b'a'; 2_000_000]).await;
        let several = [part("one.txt", 10), part("two.wav", 1_000_000), part("three.wav", 500_000)].concat();
        hang_up(&scene, "/api/training/files", form, 9_000_000, several).await;
        let mut tries = 0;
        while !scene.stored().is_empty() && tries < 100_000 {
            actix_web::rt::task::yield_now().await;
            tries += 1;
        }
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
    }
}
