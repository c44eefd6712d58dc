//! The measurements. The clock runs from the first byte sent to the last byte of the end message. Output is checked afterwards.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::command::{Answer, Work};
use crate::expect;
use crate::toolbox::{Kept, Session, Toolbox};

/// Code that does nothing.
const NOTHING: &str = "pass";

/// Prints the time, then continues for longer than any toolbox holds output back (ipykernel: 0.2 s).
const PRINT_AND_SLEEP: &str = "import time\nprint(time.time_ns())\ntime.sleep(0.25)";

/// Prints a line, then loops without end.
const BUSY: &str = "kept = 1\nprint('busy', flush=True)\nwhile True: pass";

/// Fails if the variables are gone.
const STILL_THERE: &str = "assert kept == 1";

/// Prints the time, then ends its process.
const LAST_WORDS: &str = "import os, time\nprint(time.time_ns(), flush=True)\nos._exit(1)";

/// Bytes in a MiB.
const MIB: usize = 1 << 20;

/// How long to wait until the busy code is in its loop.
const UNTIL_BUSY: Duration = Duration::from_millis(20);

/// Carries out a command.
pub async fn run<T: Toolbox>(toolbox: &T, work: Work) -> Result<Answer> {
    match work {
        Work::Create {
            count,
            at_once,
            rest,
        } => create(toolbox, count, at_once, Duration::from_millis(rest)).await,
        Work::Remove { ids } => {
            try_join_all(ids.iter().map(|id| toolbox.remove(id))).await?;
            Ok(Answer::default())
        }
        Work::Lines { ids, lines } => {
            let (code, expected) = expect::lines(lines);
            output(toolbox, &ids, &code, &expected).await
        }
        Work::Subprocess { id, bytes } => {
            let (code, expected) = expect::subprocess(bytes)?;
            output(toolbox, &[id], &code, &expected).await
        }
        Work::FirstByte { id, count } => first_byte(&mut toolbox.open(&id).await?, count).await,
        Work::Short {
            ids,
            count,
            clients,
        } => short(toolbox, &ids, count, clients).await,
        Work::Run {
            id,
            code,
            count,
            results,
            output,
            shown,
        } => {
            let mut session = toolbox.open(&id).await?;
            session.want_results(results);
            repeat(&mut session, &code, count, output, shown).await
        }
        Work::Interrupt { id, count } => interrupt(&mut toolbox.open(&id).await?, count).await,
        Work::Death { id, count } => death(&mut toolbox.open(&id).await?, count).await,
        Work::Unread {
            id,
            mebibytes,
            rest,
        } => {
            let rest = Duration::from_millis(rest);
            unread(&mut toolbox.open(&id).await?, mebibytes, rest).await
        }
    }
}

async fn create<T: Toolbox>(
    toolbox: &T,
    count: usize,
    at_once: usize,
    rest: Duration,
) -> Result<Answer> {
    let mut answer = Answer::default();
    let start = Instant::now();
    while answer.ids.len() < count {
        sleep(rest).await;
        let some = at_once.clamp(1, count - answer.ids.len());
        let made = try_join_all((0..some).map(|_| async {
            let start = Instant::now();
            let id = toolbox.create().await?;
            toolbox.open(&id).await?.run_quietly(NOTHING).await?;
            anyhow::Ok((id, milliseconds(start)))
        }));
        for (id, took) in made.await? {
            answer.ids.push(id);
            answer.milliseconds.push(took);
        }
    }
    answer.seconds = Some(start.elapsed().as_secs_f64());
    Ok(answer)
}

/// Runs the same code in every context at once.
async fn output<T: Toolbox>(
    toolbox: &T,
    ids: &[String],
    code: &str,
    expected: &str,
) -> Result<Answer> {
    let mut sessions = try_join_all(ids.iter().map(|id| toolbox.open(id))).await?;
    let start = Instant::now();
    let all = try_join_all(sessions.iter_mut().map(|session| session.run(code))).await?;
    let seconds = Some(start.elapsed().as_secs_f64());
    for (session, frames) in sessions.iter().zip(&all) {
        expect::exact(&session.read(frames)?.sound()?, expected)?;
    }
    Ok(Answer {
        seconds,
        ..Answer::default()
    })
}

async fn first_byte(session: &mut impl Session, count: usize) -> Result<Answer> {
    let mut answer = Answer::default();
    for _ in 0..count {
        let start = Instant::now();
        session.start(PRINT_AND_SLEEP).await?;
        let mut frames = Vec::new();
        until_output(session, &mut frames).await?;
        answer.milliseconds.push(milliseconds(start));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        while let Some(frame) = session.next().await? {
            frames.push(frame);
        }
        let printed: u64 = session.read(&frames)?.sound()?.trim_end().parse()?;
        let since = now.saturating_sub(Duration::from_nanos(printed));
        answer.since_print.push(since.as_secs_f64() * 1e3);
    }
    Ok(answer)
}

async fn short<T: Toolbox>(
    toolbox: &T,
    ids: &[String],
    count: usize,
    clients: usize,
) -> Result<Answer> {
    if ids.is_empty() {
        bail!("short runs need a context: `ids` is empty");
    }
    let ids = ids.iter().cycle().take(clients);
    let mut sessions = try_join_all(ids.map(|id| toolbox.open(id))).await?;
    let start = Instant::now();
    let times = try_join_all(sessions.iter_mut().map(|session| async {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let start = Instant::now();
            session.run_quietly(NOTHING).await?;
            times.push(milliseconds(start));
        }
        anyhow::Ok(times)
    }))
    .await?;
    Ok(Answer {
        milliseconds: times.concat(),
        seconds: Some(start.elapsed().as_secs_f64()),
        ..Answer::default()
    })
}

/// Runs code `count` times. Each time so many bytes have to come on standard output, and at least so many in results.
async fn repeat(
    session: &mut impl Session,
    code: &str,
    count: usize,
    output: usize,
    shown: usize,
) -> Result<Answer> {
    let mut answer = Answer::default();
    for _ in 0..count {
        let start = Instant::now();
        let frames = session.run(code).await?;
        answer.milliseconds.push(milliseconds(start));
        let outcome = session.read(&frames)?;
        let results = outcome.shown;
        let text = outcome.sound()?.len();
        if text != output || results < shown {
            bail!(
                "{code:?} printed {text} bytes instead of {output}, and showed {results} of {shown}"
            );
        }
    }
    Ok(answer)
}

async fn interrupt(session: &mut impl Session, count: usize) -> Result<Answer> {
    let mut answer = Answer::default();
    for _ in 0..count {
        session.start(BUSY).await?;
        until_output(session, &mut Vec::new()).await?;
        sleep(UNTIL_BUSY).await;
        let start = Instant::now();
        session.interrupt().await?;
        while session.next().await?.is_some() {}
        answer.milliseconds.push(milliseconds(start));
        (session.run_quietly(STILL_THERE).await).context("the interrupt cost the variables")?;
    }
    Ok(answer)
}

async fn death(session: &mut impl Session, count: usize) -> Result<Answer> {
    let mut answer = Answer::default();
    for _ in 0..count {
        session.start(LAST_WORDS).await?;
        let mut frames = Vec::new();
        // An error is expected: the execution did not end by itself.
        while let Ok(frame) = session.next().await {
            frames.push(frame.context("the execution ended well")?);
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let said = session.read(&frames)?.stdout;
        let at: u64 = said
            .trim_end()
            .parse()
            .with_context(|| format!("{said:?}"))?;
        let since = now.saturating_sub(Duration::from_nanos(at));
        answer.since_print.push(since.as_secs_f64() * 1e3);
        let start = Instant::now();
        session.run(NOTHING).await?;
        answer.milliseconds.push(milliseconds(start));
    }
    Ok(answer)
}

async fn unread(session: &mut impl Session, mebibytes: usize, rest: Duration) -> Result<Answer> {
    let code = format!(
        "import sys\nfor _ in range({mebibytes} * 16): sys.stdout.write('x' * 65535 + '\\n')"
    );
    let start = Instant::now();
    session.start(&code).await?;
    sleep(rest).await;
    let mut came = 0;
    while let Some(frame) = session.next().await? {
        came += session.read(&[frame])?.sound()?.len();
    }
    if came != mebibytes * MIB {
        bail!("{came} bytes came of {}", mebibytes * MIB);
    }
    Ok(Answer {
        seconds: Some(start.elapsed().as_secs_f64()),
        ..Answer::default()
    })
}

/// Keeps frames up to the first with output.
async fn until_output(session: &mut impl Session, frames: &mut Vec<Kept>) -> Result<()> {
    while let Some(frame) = session.next().await? {
        let output = frame.output;
        frames.push(frame);
        if output {
            return Ok(());
        }
    }
    let error = session.read(frames)?.error;
    bail!("the execution ended before it printed: {error:?}");
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
