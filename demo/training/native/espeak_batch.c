/* Speaks many lines of numbered pinyin with espeak-ng in one process and keeps the labels.
 *
 *   espeak_batch OUT_PREFIX RATE < lines
 *
 * OUT_PREFIX.pcm    int16 little-endian mono at espeak's own rate (22,050 Hz), one utterance after the other
 * OUT_PREFIX.jsonl  one object per line: {"samples","phones":[["name",start_ms],...]}; "_|" ends a syllable
 */
#include <espeak-ng/speak_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *pcm, *labels;
static long samples;
static int first;

static int on_audio(short *wave, int count, espeak_EVENT *event)
{
    if (wave && count > 0) {
        fwrite(wave, 2, count, pcm);
        samples += count;
    }
    for (; event->type != espeakEVENT_LIST_TERMINATED; event++) {
        char name[9] = {0};
        if (event->type != espeakEVENT_PHONEME) continue;
        memcpy(name, event->id.string, 8);
        fprintf(labels, "%s[\"%s\",%d]", first ? "" : ",", name, event->audio_position);
        first = 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096], line[8192];
    if (argc != 3) return 2;
    snprintf(path, sizeof path, "%s.pcm", argv[1]);
    pcm = fopen(path, "wb");
    snprintf(path, sizeof path, "%s.jsonl", argv[1]);
    labels = fopen(path, "w");
    if (!pcm || !labels) return 3;
    if (espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_PHONEME_EVENTS) != 22050) return 4;
    espeak_SetSynthCallback(on_audio);
    if (espeak_SetVoiceByName("cmn-latn-pinyin") != EE_OK) return 5;
    espeak_SetParameter(espeakRATE, atoi(argv[2]), 0);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\r\n")] = 0;
        samples = 0;
        first = 1;
        fputs("{\"phones\":[", labels);
        espeak_Synth(line, strlen(line) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
        espeak_Synchronize();
        fprintf(labels, "],\"samples\":%ld}\n", samples);
    }
    return fclose(pcm) || fclose(labels);
}
