//! What has arrived of each of the contact's streams, so that nothing is shown twice.

use dyad_protocol::body::{Ranges, StreamAck};
use dyad_protocol::id::{MessageId, StreamId};
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_STREAM_RANGES, MAX_STREAMS};

/// The number of a stream's first message.
const FIRST: u64 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stream {
    stream: StreamId,
    received: Ranges,
    read: Ranges,
    /// When something of it last arrived.
    last: Timestamp,
    /// What is missing before this is not waited for.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    told: u64,
}

const fn is_none_yet(told: &u64) -> bool {
    *told == 0
}

/// Whether a message is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is.
    New,
    /// It was there before.
    Again,
    /// There is no room to remember it; it has to come again.
    Refused,
}

/// All streams.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Incoming {
    streams: Vec<Stream>,
    /// When what has arrived is to be acknowledged at the latest.
    pub(crate) ack_due: Option<Timestamp>,
    /// What was read and has not been told.
    read_news: bool,
}

impl Incoming {
    /// Records a message.
    pub(crate) fn record(&mut self, id: &MessageId, now: Timestamp) -> Arrival {
        let stream = self.stream(id.stream, now);
        if stream.received.contains(id.seq) {
            return Arrival::Again;
        }
        if stream.received.as_slice().len() >= MAX_STREAM_RANGES {
            return Arrival::Refused;
        }
        stream.received.insert(id.seq);
        stream.last = now;
        Arrival::New
    }

    /// Whether something is missing that was written before a message, and after what was told last.
    pub(crate) fn lacks_before(&self, id: &MessageId) -> bool {
        let stream = self.streams.iter().find(|s| s.stream == id.stream);
        stream.is_some_and(|s| {
            id.seq > FIRST.max(s.told) && !s.received.covers(FIRST.max(s.told), id.seq)
        })
    }

    /// A message was told: nothing waits for what is before it any more.
    pub(crate) fn told(&mut self, id: &MessageId) {
        let stream = self.streams.iter_mut().find(|s| s.stream == id.stream);
        if let Some(stream) = stream {
            stream.told = stream.told.max(id.seq);
        }
    }

    fn stream(&mut self, id: StreamId, now: Timestamp) -> &mut Stream {
        let place = self.streams.iter().position(|stream| stream.stream == id);
        let place = place.unwrap_or_else(|| {
            if self.streams.len() >= MAX_STREAMS {
                let oldest = (0..self.streams.len()).min_by_key(|&n| self.streams[n].last);
                oldest.map(|n| self.streams.remove(n));
            }
            let (received, read) = (Ranges::default(), Ranges::default());
            self.streams.push(Stream {
                stream: id,
                received,
                read,
                last: now,
                told: 0,
            });
            self.streams.len() - 1
        });
        &mut self.streams[place]
    }

    /// The person has seen a message; says whether that is news.
    pub(crate) fn read(&mut self, id: &MessageId) -> bool {
        let stream = self
            .streams
            .iter_mut()
            .find(|stream| stream.stream == id.stream);
        let news = stream.is_some_and(|s| s.received.contains(id.seq) && s.read.insert(id.seq));
        self.read_news |= news;
        news
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// What has been received: the streams heard of last first, of each the newest `most` ranges.
    pub(crate) fn received(&self, streams: usize, most: usize) -> Vec<StreamAck> {
        self.acks(streams, most, |stream| &stream.received)
    }

    /// What has been read, in the same form; nothing if the contact knows it already.
    pub(crate) fn read_acks(&self, streams: usize, most: usize) -> Vec<StreamAck> {
        if !self.read_news {
            return Vec::new();
        }
        self.acks(streams, most, |stream| &stream.read)
    }

    /// What was read is told in a message that is on its way.
    pub(crate) fn told_read(&mut self) {
        self.read_news = false;
    }

    fn acks(&self, streams: usize, most: usize, of: impl Fn(&Stream) -> &Ranges) -> Vec<StreamAck> {
        let mut newest: Vec<&Stream> = self.streams.iter().collect();
        newest.sort_by_key(|stream| std::cmp::Reverse(stream.last));
        let acks = newest.into_iter().take(streams).map(|stream| StreamAck {
            stream: stream.stream,
            ranges: of(stream).newest(most),
        });
        acks.filter(|ack| !ack.ranges.is_empty()).collect()
    }
}
